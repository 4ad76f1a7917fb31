using Polly;

namespace Egress.Storage.Resilience;

/// <summary>How many more tries an object, or a single call, has. Not for concurrent use: an object is read by one reader.</summary>
/// <remarks>
/// Opening and healing of an object draw on the same budget. It is filled up again after <see cref="RefillAfter"/> bytes without
/// a break: a transfer of hours survives more than a handful of breaks, and one that gets nowhere ends.
/// </remarks>
internal sealed class RetryBudget(int tries)
{
    public const long RefillAfter = 64 << 20;

    public static readonly ResiliencePropertyKey<RetryBudget> Key = new("egress.retry-budget");

    private readonly int _tries = tries;
    private int _left = tries;
    private long _sinceLastTry;

    /// <summary>Takes a try, when one is left.</summary>
    public bool TryTake()
    {
        if (_left <= 0)
        {
            return false;
        }

        _left--;
        _sinceLastTry = 0;
        return true;
    }

    /// <summary>Notes that bytes arrived.</summary>
    public void Arrived(int count)
    {
        _sinceLastTry += count;
        if (_sinceLastTry >= RefillAfter)
        {
            _left = _tries;
        }
    }
}
