using System.Threading.RateLimiting;

namespace Egress.Http.Requests;

/// <summary>What a request has taken of the limits on its client. Given back by disposing it.</summary>
/// <param name="rate">The limiter of the rate; null if it is not limited.</param>
/// <param name="counted">What the request counted as in the rate so far (<see cref="RequestWeight"/>).</param>
/// <param name="download">The place of the download; null if the number is not limited.</param>
internal sealed class ClientSlot(SteadyRateLimiter? rate, int counted, RateLimitLease? download) : IDisposable
{
    private readonly Lock _lock = new();
    private int _counted = counted;
    private bool _isSettled;

    /// <summary>Counts the request as what it costs. Without this call it counts as a download when it ends.</summary>
    /// <param name="weight">What it counts as, unless that is less than what was counted before.</param>
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
