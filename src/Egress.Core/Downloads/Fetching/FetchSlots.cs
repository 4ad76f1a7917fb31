using Egress.Limits;

namespace Egress.Downloads.Fetching;

/// <summary>
/// Bounds how many fetches of one download run at a time. Small objects may be fetched in greater number, as far as the limit of the process allows.
/// Thread-safe.
/// </summary>
/// <param name="most">Most fetches, as the operator set it; null for the defaults.</param>
/// <param name="extra">What all downloads share for fetches of small objects beyond <see cref="AtATime"/>.</param>
internal sealed class FetchSlots(int? most, BufferBudget extra)
{
    /// <summary>Fetches at a time, unless the operator sets a limit.</summary>
    public const int AtATime = 32;

    /// <summary>Fetches at a time while only small objects are added, unless the operator sets a limit: 3,000 a second at 30 ms need 90.</summary>
    public const int SmallAtATime = 128;

    /// <summary>The largest object that is small, in bytes.</summary>
    public const long LargestSmall = 64 << 10;

    private readonly Lock _lock = new();
    private int _taken;

    /// <summary>Whether no fetch is running.</summary>
    public bool AreFree => Volatile.Read(ref _taken) == 0;

    /// <summary>Takes a slot if one is free.</summary>
    /// <param name="length">Bytes that are fetched.</param>
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

    /// <summary>Returns a slot.</summary>
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
