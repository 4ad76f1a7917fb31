using Egress.Storage;

namespace Egress.Core.Tests.Downloads;

/// <summary>A stream of zeros that takes no memory.</summary>
internal sealed class Zeros(long length) : SourceStream
{
    private long _left = length;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = (int)Math.Min(_left, buffer.Length);
        buffer.Span[..read].Clear();
        _left -= read;
        return new(read);
    }
}
