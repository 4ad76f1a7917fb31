namespace Egress.Downloads.Fetching;

/// <summary>
/// How far one download looks ahead: further while its reader waits for the storage, less far while all that was fetched waits for the reader. Fast
/// clients get what the storage can give; a slow one holds no more memory than a chunk that is sent and one that comes next. Needs no clock.
/// </summary>
/// <param name="most">Most bytes; zero is unlimited.</param>
internal sealed class PrefetchWindow(long most)
{
    /// <summary>The least: one chunk is always fetched ahead.</summary>
    public const long Smallest = 256 << 10;

    private const long SmallestChunk = 512 << 10;
    private const long LargestChunk = ObjectChunk.LargestBuffered;
    private const int ChunksInWindow = 8;

    private readonly long _most = most == 0 ? long.MaxValue / 2 : Math.Max(most, Smallest);
    private bool _waited;

    /// <summary>How many bytes may lie ahead.</summary>
    public long Bytes { get; private set; } = Smallest;

    /// <summary>How large the chunks of large objects are: the smaller, the less a slow client holds; the larger, the fewer requests.</summary>
    public long ChunkSize => Math.Clamp(Bytes / ChunksInWindow, SmallestChunk, LargestChunk);

    /// <summary>The reader took the next chunk.</summary>
    /// <param name="waits">Whether it has not arrived yet, so that the reader waits for the storage.</param>
    /// <param name="storageIsIdle">Whether everything that was asked for has arrived.</param>
    public void Taken(bool waits, bool storageIsIdle)
    {
        if (waits)
        {
            Bytes = Math.Min(Bytes * 2, _most);
        }
        else if (storageIsIdle && !_waited)
        {
            // What arrives while the reader waits says nothing of the reader; but here it was the reader that all waited for.
            Bytes = Math.Max(Bytes / 2, Smallest);
        }

        _waited = waits;
    }
}
