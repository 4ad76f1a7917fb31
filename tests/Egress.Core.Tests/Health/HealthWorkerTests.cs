using Egress.Core.Tests.Telemetry;
using Egress.Health;
using Egress.TestKit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Health;

/// <summary>Tests when the plain server runs the health probe.</summary>
public sealed class HealthWorkerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly SteppedWallClock _clock;
    private readonly TestMetrics _metrics = new();
    private readonly FakeLogger<HealthWorker> _logger = new();
    private readonly CountingCheck _check = new();

    public HealthWorkerTests() => _clock = new SteppedWallClock(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _metrics.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(-24)]
    [InlineData(-24 * 365)]
    [InlineData(24)]
    public async Task A_changed_wall_clock_neither_delays_nor_repeats_the_next_run(int hours)
    {
        using var stop = new CancellationTokenSource();
        var run = Worker().RunAsync(stop.Token);
        await UntilAsync(() => _check.Runs == 1);
        _clock.Step(TimeSpan.FromHours(hours));

        await AdvanceUntilAsync(() => _check.Runs == 4, TimeSpan.FromHours(12));

        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task A_yearly_schedule_fires_after_its_delay()
    {
        using var stop = new CancellationTokenSource();
        var run = Worker("0 0 0 1 1 *").RunAsync(stop.Token);
        await UntilAsync(() => _check.Runs == 1);

        var waited = await AdvanceUntilAsync(() => _check.Runs == 2, TimeSpan.FromDays(500), step: TimeSpan.FromHours(12));

        Assert.InRange(waited.TotalDays, 363, 400);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task An_exception_is_logged_and_the_next_run_follows()
    {
        using var stop = new CancellationTokenSource();
        var monitor = new HealthMonitor([new ComponentCheck(new HealthCheckRegistration("unknown", _check, null, null), _check)], _metrics.Metrics, _time, NullLogger<HealthMonitor>.Instance);
        var run = new HealthWorker(monitor, new HealthOptions(), _clock, _logger).RunAsync(stop.Token);

        await AdvanceUntilAsync(() => _logger.Collector.GetSnapshot().Count(static record => record.Id.Id == 5002) == 3, TimeSpan.FromHours(12));

        await stop.CancelAsync();
        await run;
    }

    private HealthWorker Worker(string schedule = HealthOptions.DefaultSchedule)
    {
        var check = new ComponentCheck(new HealthCheckRegistration("storage", _check, null, null), _check);
        var monitor = new HealthMonitor([check], _metrics.Metrics, _time, NullLogger<HealthMonitor>.Instance);
        return new HealthWorker(monitor, new HealthOptions { Schedule = schedule }, _clock, _logger);
    }

    /// <summary>Advances the clock until the condition holds. Each step waits until the worker waits for the clock.</summary>
    private async Task<TimeSpan> AdvanceUntilAsync(Func<bool> condition, TimeSpan most, TimeSpan? step = null)
    {
        var advanced = TimeSpan.Zero;
        while (!condition())
        {
            Assert.True(advanced < most, $"not within {most}");
            await UntilAsync(() => condition() || _clock.Waits > 0); // the check runs on the thread pool
            if (!condition())
            {
                _time.Advance(step ?? TimeSpan.FromSeconds(1));
                advanced += step ?? TimeSpan.FromSeconds(1);
            }
        }

        return advanced;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class CountingCheck : IHealthCheck
    {
        private int _runs;

        public int Runs => Volatile.Read(ref _runs);

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _runs);
            return Task.FromResult(HealthCheckResult.Healthy());
        }
    }
}
