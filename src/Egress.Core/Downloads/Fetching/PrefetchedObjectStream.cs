using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>The content of a step as a stream for the ZIP engine. Counts the bytes that are read.</summary>
/// <param name="prefetcher">The source of the content; null for a step that reads nothing.</param>
internal sealed class PrefetchedObjectStream(ObjectPrefetcher? prefetcher) : SourceStream
{
    private ObjectPrefetcher? _prefetcher = prefetcher;

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether all of the content was read.</summary>
    public bool Ended => _prefetcher is null;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_prefetcher is null)
        {
            return 0;
        }

        var read = await _prefetcher.ReadAsync(buffer, cancellationToken);
        BytesRead += read;
        if (read == 0)
        {
            _prefetcher = null;
        }

        return read;
    }
}
