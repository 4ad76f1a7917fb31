using System.Security.Cryptography;
using Egress.Storage;

namespace Egress.Downloads.Checksums;

/// <summary>Reads another stream, and hashes the bytes that are read. Does not dispose the other stream.</summary>
internal sealed class HashingStream(Stream content, IncrementalHash hash) : SourceStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await content.ReadAsync(buffer, cancellationToken);
        hash.AppendData(buffer.Span[..read]);
        return read;
    }
}
