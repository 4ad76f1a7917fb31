using Egress.Limits;

namespace Egress.Downloads.Fetching;

/// <summary>
/// Limits the parallel fetches of one download. More fetches may run for small objects, within the limit of the process.
/// Thread-safe.
/// </summary>
/// <param name="most">The limit that the operator set; null for the defaults.</param>
/// <param name="extra">The budget, shared by all downloads, for fetches of small objects beyond <see cref="AtATime"/>.</param>
internal sealed class FetchSlots(int? most, BufferBudget extra)
{
    /// <summary>The default limit of parallel fetches.</summary>
    public const int AtATime = 32;

    /// <summary>
    /// The default limit of parallel fetches while only small objects are fetched. For example, 3,000 objects a second at a latency of 30 ms need 90 parallel
    /// fetches.
    /// </summary>
    public const int SmallAtATime = 128;

    /// <summary>The size up to which an object is small, in bytes.</summary>
    public const long LargestSmall = 64 << 10;

    private readonly Lock _lock = new();
    private int _taken;

    /// <summary>Whether no fetch is running.</summary>
    public bool AreFree => Volatile.Read(ref _taken) == 0;

    /// <summary>Takes a slot if one is free.</summary>
    /// <param name="length">The number of bytes to fetch.</param>
    public bool TryTake(long length)
    {
        lock (_lock)
        {
            var isFree = _taken < (most ?? AtATime)
                || (most is null && length <= LargestSmall && _taken < SmallAtATime && extra.TryTake(1));
            _taken += isFree ? 1 : 0;
            return isFree;
        }
    }

    /// <summary>Releases a slot.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _taken--;
            if (most is null && _taken >= AtATime)
            {
                extra.Release(1);
            }
        }
    }
}
