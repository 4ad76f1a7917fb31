using System.Threading.RateLimiting;

namespace Egress.Http.Requests;

/// <summary>What a request has taken from the limits of its client address. Disposing releases it.</summary>
/// <param name="rate">The rate limiter; null if the rate is not limited.</param>
/// <param name="counted">The weight with which the request was counted in the rate so far (<see cref="RequestWeight"/>).</param>
/// <param name="download">The slot of the download; null if the number of downloads is not limited.</param>
internal sealed class ClientSlot(SteadyRateLimiter? rate, int counted, RateLimitLease? download) : IDisposable
{
    private readonly Lock _lock = new();
    private int _counted = counted;
    private bool _isSettled;

    /// <summary>
    /// Counts the request in the rate by its actual cost. If this method is not called, the request counts as a whole download when it ends.
    /// </summary>
    /// <param name="weight">Its weight, unless a higher weight was counted before.</param>
    public void CountAs(int weight)
    {
        lock (_lock)
        {
            _isSettled = true;
            if (weight > _counted)
            {
                rate?.Charge(weight - _counted);
                _counted = weight;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isSettled)
            {
                CountAs(RequestWeight.Whole);
            }
        }

        download?.Dispose();
    }
}
