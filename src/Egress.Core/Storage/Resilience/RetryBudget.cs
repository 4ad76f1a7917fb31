using Polly;

namespace Egress.Storage.Resilience;

/// <summary>The remaining retries of an object or of a single call. Not safe for concurrent use, because an object has only one reader.</summary>
/// <remarks>
/// Opening an object and repairing its broken reads share one budget. The budget is refilled after <see cref="RefillAfter"/> bytes without a retry. Thus a
/// transfer of several hours survives many broken connections, and a transfer without progress fails.
/// </remarks>
internal sealed class RetryBudget(int tries)
{
    public const long RefillAfter = 64 << 20;

    public static readonly ResiliencePropertyKey<RetryBudget> Key = new("egress.retry-budget");

    private readonly int _tries = tries;
    private int _left = tries;
    private long _sinceLastTry;

    /// <summary>Takes a retry if one is left.</summary>
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

    /// <summary>Counts received bytes, and refills the budget after enough of them.</summary>
    public void Arrived(int count)
    {
        _sinceLastTry += count;
        if (_sinceLastTry >= RefillAfter)
        {
            _left = _tries;
        }
    }
}
