namespace Egress.Downloads.Fetching;

/// <summary>
/// Decides how many bytes one download prefetches. The window grows while the reader waits for the storage, and shrinks while all prefetched bytes wait for the
/// reader. Thus a fast client gets the full speed of the storage, and a slow client takes memory only for the current and the next chunk. No times are
/// measured.
/// </summary>
/// <param name="most">The largest window in bytes; zero is unlimited.</param>
/// <param name="isOpen">Whether the window begins with its largest size.</param>
internal sealed class PrefetchWindow(long most, bool isOpen = false)
{
    /// <summary>The smallest window, in bytes. One chunk is prefetched even if it is larger.</summary>
    public const long Smallest = 256 << 10;

    private readonly long _most = MostOf(most);
    private bool _waited;

    /// <summary>The number of bytes that may be prefetched.</summary>
    public long Bytes { get; private set; } = isOpen ? MostOf(most) : Smallest;

    /// <summary>Adapts the window. Called when the reader takes the next chunk.</summary>
    /// <param name="waits">Whether the chunk has not arrived yet, so that the reader waits for the storage.</param>
    /// <param name="storageIsIdle">Whether everything that was requested has arrived.</param>
    public void Taken(bool waits, bool storageIsIdle)
    {
        if (waits)
        {
            Bytes = Math.Min(Bytes * 2, _most);
        }
        else if (storageIsIdle && !_waited)
        {
            // All requested chunks have arrived and wait for the reader, so the reader is slow. After a wait this conclusion is not possible, because
            // the chunks may have arrived during the wait.
            Bytes = Math.Max(Bytes / 2, Smallest);
        }

        _waited = waits;
    }

    private static long MostOf(long most) => most == 0 ? long.MaxValue / 2 : Math.Max(most, Smallest);
}
