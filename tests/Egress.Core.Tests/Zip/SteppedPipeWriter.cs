using System.IO.Pipelines;

namespace Egress.Core.Tests.Zip;

/// <summary>A pipe whose reader reads only when the test allows it. Until then the pipe refuses writes.</summary>
internal sealed class SteppedPipeWriter : PipeWriter, IDisposable
{
    private readonly MemoryStream _written = new();
    private byte[] _buffer = new byte[4 << 10];
    private TaskCompletionSource<FlushResult>? _pending;
    private int _unflushed;

    /// <summary>Whether the next flush has to wait for <see cref="Continue"/>.</summary>
    public bool Waits { get; set; } = true;

    /// <summary>Number of bytes of each flush.</summary>
    public List<int> Flushes { get; } = [];

    public long Length => _written.Length;

    public byte[] ToArray() => _written.ToArray();

    /// <summary>Makes the reader take everything. The writer has continued when the method returns, up to its next wait.</summary>
    public void Continue() => Take().SetResult(default);

    /// <summary>Disconnects the reader.</summary>
    public void Break() => Take().SetException(new IOException("lost"));

    public override void Advance(int bytes)
    {
        RefuseWhilePending();
        _written.Write(_buffer, 0, bytes);
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
        RefuseWhilePending();
        Flushes.Add(_unflushed);
        _unflushed = 0;
        if (!Waits)
        {
            return default;
        }

        _pending = new();
        return new(_pending.Task);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        RefuseWhilePending();
        if (sizeHint > _buffer.Length)
        {
            _buffer = new byte[sizeHint];
        }

        return _buffer;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose() => _written.Dispose();

    private TaskCompletionSource<FlushResult> Take()
    {
        var pending = _pending ?? throw new InvalidOperationException("Nothing is flushed.");
        _pending = null;
        return pending;
    }

    private void RefuseWhilePending()
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException("The pipe is being flushed.");
        }
    }
}
