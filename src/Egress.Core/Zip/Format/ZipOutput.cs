using System.Buffers;
using System.IO.Pipelines;

namespace Egress.Zip.Format;

/// <summary>
/// Writes the archive to a pipe: counts the bytes, gathers them before a flush, and writes only those of the range.
/// </summary>
internal sealed class ZipOutput(PipeWriter pipe, int bufferSize, ArchiveRange range) : IDisposable
{
    /// <summary>Receives what is, at least in part, outside of the range.</summary>
    private byte[] _aside = [];
    private bool _isAside;
    private int _unflushed;
    private int _roomLength;

    /// <summary>Bytes of the archive so far, those outside of the range included.</summary>
    public long Position { get; private set; }

    /// <summary>Whether all of the range was written.</summary>
    public bool IsPastRange => Position >= range.To;

    /// <summary>Bytes that are flushed together: a pipe may offer more room than was requested.</summary>
    private int PieceLength => Math.Max(bufferSize, _roomLength);

    /// <summary>Bytes that wait for a flush.</summary>
    public int Unflushed => _unflushed;

    /// <summary>Room for at least <paramref name="length"/> bytes, until <see cref="Advance"/>.</summary>
    /// <remarks>Requests the rest of a whole piece, so that the pipe keeps one large segment instead of many small ones.</remarks>
    public Memory<byte> GetMemory(int length) => GetRoom(length, Math.Max(length, PieceLength - _unflushed));

    /// <summary>The free memory of the pipe's current segment, at least one byte. Requesting more for small data would leave segments mostly empty.</summary>
    public Memory<byte> GetRoom() => GetRoom(1, 1);

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int length) => GetMemory(length).Span;

    /// <summary>Takes the first <paramref name="length"/> bytes of the room as written.</summary>
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

    /// <summary>Skips bytes outside of the range.</summary>
    public void Skip(long length)
    {
        if (range.Overlaps(Position, Position + length))
        {
            throw new InvalidOperationException("Bytes of the range cannot be skipped.");
        }

        Position += length;
    }

    /// <summary>Copies bytes, flushing as the buffer fills.</summary>
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

    /// <summary>Flushes first when <paramref name="length"/> more bytes would go beyond the piece.</summary>
    public ValueTask MakeRoomAsync(int length, CancellationToken cancellationToken) =>
        HasRoom(length) ? default : FlushAsync(cancellationToken);

    /// <summary>Whether <paramref name="length"/> more bytes stay within the piece, or nothing waits that could be flushed before them.</summary>
    public bool HasRoom(int length) => _unflushed == 0 || _unflushed + length <= PieceLength;

    /// <summary>Hands everything to the reader of the pipe.</summary>
    /// <exception cref="OperationCanceledException">The reader is gone, or the flush was cancelled.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        (_unflushed, _roomLength) = (0, 0);
        var flushed = await pipe.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("The reader of the archive has stopped reading.", cancellationToken);
        }
    }

    /// <summary>Hands to the reader of the pipe what waits for a flush, if anything does.</summary>
    /// <inheritdoc cref="FlushAsync" path="/exception"/>
    public ValueTask FlushUnflushedAsync(CancellationToken cancellationToken) => _unflushed == 0 ? default : FlushAsync(cancellationToken);

    /// <summary>Returns the memory. Writes nothing.</summary>
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
