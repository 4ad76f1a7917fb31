using System.IO.Pipelines;

namespace Egress.Core.Tests.Zip;

/// <summary>A stream that throws at the end of its content.</summary>
internal sealed class BreakingStream(byte[] content) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Position == Length ? throw new EndOfStreamException("broken") : base.ReadAsync(buffer, cancellationToken);
}

/// <summary>A stream that returns at most 777 bytes for each read, and always asynchronously.</summary>
internal sealed class DribblingStream(byte[] content) : MemoryStream(content)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return await base.ReadAsync(buffer[..Math.Min(777, buffer.Length)], cancellationToken);
    }
}

/// <summary>A pipe that counts the written bytes and drops them.</summary>
internal sealed class CountingPipeWriter : PipeWriter
{
    private byte[] _buffer = new byte[64 << 10];
    private int _unflushed;

    public long Bytes { get; private set; }

    public int Flushes { get; private set; }

    public int LargestFlush { get; private set; }

    public override void Advance(int bytes)
    {
        Bytes += bytes;
        _unflushed += bytes;
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Flushes++;
        LargestFlush = Math.Max(LargestFlush, _unflushed);
        _unflushed = 0;
        return default;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (sizeHint > _buffer.Length)
        {
            _buffer = new byte[sizeHint];
        }

        return _buffer;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
