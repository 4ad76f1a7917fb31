using System.Threading.RateLimiting;

namespace Egress.Http.Requests;

/// <summary>
/// Admits requests at a steady rate with a burst (generic cell rate algorithm). It replaces the token bucket of .NET, which is refilled ten times a
/// second and never beyond its size, so that a small bucket would admit at most ten times its size in a second.
/// </summary>
/// <param name="perSecond">The number of permits per second.</param>
/// <param name="burst">The number of permits in a burst.</param>
/// <param name="time">The clock.</param>
internal sealed class SteadyRateLimiter(double perSecond, int burst, TimeProvider time) : RateLimiter
{
    /// <summary>The tolerance for rounding errors in sums of intervals, in seconds.</summary>
    private const double Rounding = 1e-6;

    /// <summary>The metadata of a lease that contains the limiter which issued it.</summary>
    public static readonly MetadataName<SteadyRateLimiter> Origin = MetadataName.Create<SteadyRateLimiter>("ORIGIN");

    private readonly Lock _lock = new();
    private readonly long _created = time.GetTimestamp();
    private readonly double _interval = 1 / perSecond;

    /// <summary>The time from which a full burst is allowed again, in seconds since the limiter was created.</summary>
    private double _emptyAt;

    private double Now => time.GetElapsedTime(_created).TotalSeconds;

    /// <summary>How long a full burst has been allowed; null if it is not allowed now.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock)
            {
                var idle = Now - _emptyAt;
                return idle < 0 ? null : TimeSpan.FromSeconds(idle);
            }
        }
    }

    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <summary>
    /// Takes permits even if none are available, for a request that was admitted with too low a cost. Later requests are then refused for longer.
    /// </summary>
    public void Charge(int permitCount)
    {
        var now = Now;
        lock (_lock)
        {
            _emptyAt = Math.Max(_emptyAt, now) + (permitCount * _interval);
        }
    }

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        var now = Now;
        lock (_lock)
        {
            var emptyAt = Math.Max(_emptyAt, now) + (permitCount * _interval);
            var wait = emptyAt - now - (burst * _interval);

            if (wait > Rounding)
            {
                return new Lease(this, TimeSpan.FromSeconds(wait));
            }

            _emptyAt = emptyAt;
            return new Lease(this, null);
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AttemptAcquireCore(permitCount));

    private sealed class Lease(SteadyRateLimiter origin, TimeSpan? wait) : RateLimitLease
    {
        public override bool IsAcquired => wait is null;

        public override IEnumerable<string> MetadataNames => wait is null ? [Origin.Name] : [Origin.Name, MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = metadataName == Origin.Name ? origin : metadataName == MetadataName.RetryAfter.Name ? wait : null;
            return metadata is not null;
        }
    }
}
