using System.Threading.RateLimiting;
using Egress.Http.Requests;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class SteadyRateLimiterTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(200, 5)]
    [InlineData(1000, 1)]
    [InlineData(3, 1)]
    [InlineData(0.5, 2)]
    public void A_client_within_the_rate_is_always_admitted(double perSecond, int burst)
    {
        using var limiter = new SteadyRateLimiter(perSecond, burst, _time);
        for (var request = 0; request < 1000; request++)
        {
            Assert.True(IsAdmitted(limiter));
            _time.Advance(TimeSpan.FromTicks((long)Math.Ceiling(TimeSpan.TicksPerSecond / perSecond)));
        }
    }

    [Fact]
    public void A_client_that_sends_four_times_the_allowed_requests_gets_the_rate_after_its_burst()
    {
        const int rate = 200, burst = 5, seconds = 10;
        using var limiter = new SteadyRateLimiter(rate, burst, _time);
        var admitted = 0;
        for (var request = 0; request < 4 * rate * seconds; request++)
        {
            admitted += IsAdmitted(limiter) ? 1 : 0;
            _time.Advance(TimeSpan.FromSeconds(1) / (4 * rate));
        }

        Assert.InRange(admitted, rate * seconds, (rate * seconds) + burst);
    }

    [Fact]
    public void A_refusal_says_when_the_next_request_is_admitted()
    {
        using var limiter = new SteadyRateLimiter(4, 2, _time);
        Assert.True(IsAdmitted(limiter));
        Assert.True(IsAdmitted(limiter));
        using var refused = limiter.AttemptAcquire();
        Assert.True(refused.TryGetMetadata(MetadataName.RetryAfter, out var wait));
        Assert.Equal(250, wait.TotalMilliseconds, tolerance: 0.01);

        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(IsAdmitted(limiter));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(IsAdmitted(limiter));
        Assert.False(IsAdmitted(limiter));
    }

    [Fact]
    public void A_limiter_is_idle_once_its_full_burst_is_available_again()
    {
        using var limiter = new SteadyRateLimiter(1, 3, _time);
        Assert.Equal(TimeSpan.Zero, limiter.IdleDuration);
        Assert.True(IsAdmitted(limiter));
        Assert.Null(limiter.IdleDuration);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(2, limiter.IdleDuration!.Value.TotalSeconds, tolerance: 0.01);
    }

    private static bool IsAdmitted(SteadyRateLimiter limiter)
    {
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired;
    }
}
