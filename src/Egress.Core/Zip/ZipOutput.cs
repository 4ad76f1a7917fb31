using System.IO.Pipelines;

namespace Egress.Zip;

/// <summary>The archive's way into a pipe: counts bytes and gathers them before they are flushed.</summary>
internal sealed class ZipOutput(PipeWriter pipe, int bufferSize)
{
    private int _unflushed;

    /// <summary>Bytes of the archive so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that wait for a flush.</summary>
    public int Unflushed => _unflushed;

    /// <summary>Room for at least <paramref name="length"/> bytes, until <see cref="Advance"/>.</summary>
    /// <remarks>Asks for the rest of a whole buffer, so that the pipe keeps one large segment instead of many small ones.</remarks>
    public Memory<byte> GetMemory(int length) => pipe.GetMemory(Math.Max(length, bufferSize - _unflushed));

    /// <inheritdoc cref="GetMemory"/>
    public Span<byte> GetSpan(int length) => pipe.GetSpan(Math.Max(length, bufferSize - _unflushed));

    /// <summary>Takes the first <paramref name="length"/> bytes of the room as written.</summary>
    public void Advance(int length)
    {
        pipe.Advance(length);
        _unflushed += length;
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

    /// <summary>Flushes first when <paramref name="length"/> more bytes would go beyond the buffer.</summary>
    public ValueTask MakeRoomAsync(int length, CancellationToken cancellationToken) =>
        _unflushed > 0 && _unflushed + length > bufferSize ? FlushAsync(cancellationToken) : default;

    /// <summary>Hands everything to the reader of the pipe.</summary>
    /// <exception cref="OperationCanceledException">The reader is gone, or the flush was cancelled.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        var flushed = await pipe.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("Nobody reads the archive any more.", cancellationToken);
        }
    }

    private int CopySome(ReadOnlySpan<byte> data)
    {
        var room = GetSpan(1);
        var length = Math.Min(room.Length, data.Length);
        data[..length].CopyTo(room);
        return length;
    }
}
