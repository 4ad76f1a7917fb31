using Egress.Backends;
using Egress.Storage;

namespace Egress.Core.Tests.Storage.Resilience;

/// <summary>A content stream that returns some bytes and then ends, stalls or fails.</summary>
internal sealed class BrokenBody(Stream inner, int bytes, Func<CancellationToken, Task> then) : SourceStream
{
    private int _left = bytes;

    public int Disposals { get; private set; }

    /// <summary>Returns a wrapper whose stream fails after some bytes.</summary>
    public static Func<Stream, Stream> Cut(int bytes, BackendFault fault = BackendFault.Unavailable) => inner => new BrokenBody(
        inner, bytes, _ => throw new BackendException(Backend.Storage, fault, "Scripted: broken."));

    /// <summary>Returns a wrapper whose stream ends after some bytes, without an error.</summary>
    public static Func<Stream, Stream> End(int bytes) => inner => new BrokenBody(inner, bytes, _ => Task.CompletedTask);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0)
        {
            await then(cancellationToken);
            return 0;
        }

        var count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        Disposals++;
        inner.Dispose();
        base.Dispose(disposing);
    }
}
