using System.Buffers;
using System.IO.Pipelines;

namespace Egress.Zip.Format;

/// <summary>
/// Writes the bytes of the archive that are in the range to a pipe, and drops the others. Counts all bytes, and collects them before a flush.
/// </summary>
internal sealed class ZipOutput(PipeWriter pipe, int bufferSize, ArchiveRange range) : IDisposable
{
    /// <summary>A buffer for writes that are partly or completely outside of the range.</summary>
    private byte[] _aside = [];
    private bool _isAside;
    private int _unflushed;
    private int _roomLength;

    /// <summary>The offset in the archive of the next byte. Bytes outside of the range are counted too.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the whole range was written.</summary>
    public bool IsPastRange => Position >= range.To;

    /// <summary>
    /// The number of bytes that are flushed together. It may be more than the configured size, because a pipe may offer more memory than was requested.
    /// </summary>
    private int PieceLength => Math.Max(bufferSize, _roomLength);

    /// <summary>The number of bytes that wait for a flush.</summary>
    public int Unflushed => _unflushed;

    /// <summary>Returns memory for at least <paramref name="length"/> bytes. It may be used until <see cref="Advance"/> is called.</summary>
    /// <remarks>Requests all memory until the next flush, so that the pipe uses one large segment instead of many small ones.</remarks>
    public Memory<byte> GetMemory(int length) => GetRoom(length, Math.Max(length, PieceLength - _unflushed));

    /// <summary>
    /// Returns the free memory of the pipe's current segment, at least one byte. For small data, a request for more memory would leave segments mostly empty.
    /// </summary>
    public Memory<byte> GetRoom() => GetRoom(1, 1);

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int length) => GetMemory(length).Span;

    /// <summary>Commits the first <paramref name="length"/> bytes of the memory that was returned last.</summary>
    public void Advance(int length)
    {
        if (_isAside)
        {
            var start = (int)Math.Clamp(range.From - Position, 0, length);
            var end = (int)Math.Clamp(range.To - Position, start, length);
            pipe.Write(_aside.AsSpan(start..end));
            _unflushed += end - start;
        }
        else
        {
            pipe.Advance(length);
            _unflushed += length;
        }

        Position += length;
    }

    /// <summary>Skips bytes of the archive that are outside of the range.</summary>
    public void Skip(long length)
    {
        if (range.Overlaps(Position, Position + length))
        {
            throw new InvalidOperationException("Bytes of the range cannot be skipped.");
        }

        Position += length;
    }

    /// <summary>Writes bytes, and flushes each time enough bytes are collected.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            await MakeRoomAsync(1, cancellationToken);
            var length = CopySome(data.Span);
            Advance(length);
            data = data[length..];
        }
    }

    /// <summary>Flushes if <paramref name="length"/> more bytes would be too many for one flush. Called before they are written.</summary>
    public ValueTask MakeRoomAsync(int length, CancellationToken cancellationToken) =>
        HasRoom(length) ? default : FlushAsync(cancellationToken);

    /// <summary>Whether <paramref name="length"/> more bytes can be written before the next flush.</summary>
    public bool HasRoom(int length) => _unflushed == 0 || _unflushed + length <= PieceLength;

    /// <summary>Flushes all bytes to the reader of the pipe.</summary>
    /// <exception cref="OperationCanceledException">The reader has stopped reading, or the flush was canceled.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        (_unflushed, _roomLength) = (0, 0);
        var flushed = await pipe.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("The reader of the archive has stopped reading.", cancellationToken);
        }
    }

    /// <summary>Flushes to the reader of the pipe, if bytes wait for a flush.</summary>
    /// <inheritdoc cref="FlushAsync" path="/exception"/>
    public ValueTask FlushUnflushedAsync(CancellationToken cancellationToken) => _unflushed == 0 ? default : FlushAsync(cancellationToken);

    /// <summary>Returns the buffer. Writes nothing.</summary>
    public void Dispose() => ReplaceAside([]);

    private Memory<byte> GetRoom(int length, int wanted)
    {
        _isAside = Position < range.From || Position + length > range.To;
        if (_isAside)
        {
            return GetAside(wanted);
        }

        var room = pipe.GetMemory(wanted);
        if (_unflushed == 0)
        {
            _roomLength = room.Length;
        }

        return room.Length <= range.To - Position ? room : room[..(int)(range.To - Position)];
    }

    private int CopySome(ReadOnlySpan<byte> data)
    {
        var room = GetSpan(1);
        var length = Math.Min(room.Length, data.Length);
        data[..length].CopyTo(room);
        return length;
    }

    private byte[] GetAside(int length)
    {
        if (_aside.Length < length)
        {
            ReplaceAside(ArrayPool<byte>.Shared.Rent(length));
        }

        return _aside;
    }

    private void ReplaceAside(byte[] buffer)
    {
        ArrayPool<byte>.Shared.Return(_aside);
        _aside = buffer;
    }
}
