using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>
/// Runs the health probe in the plain server: at the start and on its schedule, one run at a time. No exception stops it. If the wall clock is set
/// back, the next run is not delayed.
/// </summary>
internal sealed partial class HealthWorker(HealthMonitor monitor, HealthOptions options, TimeProvider time, ILogger<HealthWorker> logger) : BackgroundService
{
    /// <summary>The longest wait of one timer. A schedule may wait for a year, which is more than timers allow.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>The time by which a timer may fire early.</summary>
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>Runs until the host stops it.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        var planned = DateTimeOffset.MinValue;
        while (!stopping.IsCancellationRequested)
        {
            await TryProbeAsync(stopping);
            var now = time.GetUtcNow();
            if (planned > now && planned - now < TimerTolerance)
            {
                now = planned; // the timer fired early, and this occurrence must not run twice
            }

            planned = options.NextAfter(now);
            await WaitAsync(planned - now, stopping);
        }
    }

    private async Task TryProbeAsync(CancellationToken stopping)
    {
        try
        {
            await monitor.ProbeAsync(stopping);
        }
        catch (Exception failure)
        {
            if (!stopping.IsCancellationRequested)
            {
                LogProbeFailed(failure);
            }
        }
    }

    /// <summary>Waits by the monotonic clock.</summary>
    private async Task WaitAsync(TimeSpan delay, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        while (!stopping.IsCancellationRequested && delay - time.GetElapsedTime(started) is { Ticks: > 0 } left)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(5002, LogLevel.Error, "The health probe failed; it runs again as scheduled")]
    private partial void LogProbeFailed(Exception exception);
}
