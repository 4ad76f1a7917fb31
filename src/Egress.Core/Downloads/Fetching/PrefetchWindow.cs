namespace Egress.Downloads.Fetching;

/// <summary>
/// How many bytes one download prefetches: more while its reader waits for the storage, fewer while all that was prefetched waits for the reader.
/// A fast client gets what the storage can deliver; a slow one holds no more than the current and the next chunk. Needs no clock.
/// </summary>
/// <param name="most">Most bytes; zero is unlimited.</param>
/// <param name="isOpen">Whether it begins with as many.</param>
internal sealed class PrefetchWindow(long most, bool isOpen = false)
{
    /// <summary>The minimum: one chunk is always prefetched.</summary>
    public const long Smallest = 256 << 10;

    private readonly long _most = MostOf(most);
    private bool _waited;

    /// <summary>How many bytes may be prefetched.</summary>
    public long Bytes { get; private set; } = isOpen ? MostOf(most) : Smallest;

    /// <summary>The reader took the next chunk.</summary>
    /// <param name="waits">Whether it has not arrived yet, so that the reader waits for the storage.</param>
    /// <param name="storageIsIdle">Whether everything that was requested has arrived.</param>
    public void Taken(bool waits, bool storageIsIdle)
    {
        if (waits)
        {
            Bytes = Math.Min(Bytes * 2, _most);
        }
        else if (storageIsIdle && !_waited)
        {
            // Everything waited for the reader. What arrives while the reader waits says nothing about the reader.
            Bytes = Math.Max(Bytes / 2, Smallest);
        }

        _waited = waits;
    }

    private static long MostOf(long most) => most == 0 ? long.MaxValue / 2 : Math.Max(most, Smallest);
}
