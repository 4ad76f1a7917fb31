using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>The next object of the prefetcher as the stream that the ZIP engine reads, counted. Its end stays its end.</summary>
/// <param name="prefetcher">Where the object is.</param>
internal sealed class PrefetchedObjectStream(ObjectPrefetcher prefetcher) : SourceStream
{
    private bool _ended;

    /// <summary>Bytes read so far.</summary>
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended)
        {
            return 0;
        }

        var read = await prefetcher.ReadAsync(buffer, cancellationToken);
        BytesRead += read;
        _ended = read == 0;
        return read;
    }
}
