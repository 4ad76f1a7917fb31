using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>
/// Runs the scheduled health check in the plain server: at the start and then on its schedule, one run at a time. An exception does not stop the schedule. If
/// the wall clock is set back, the next run is not delayed.
/// </summary>
internal sealed partial class HealthWorker(HealthMonitor monitor, HealthOptions options, TimeProvider time, ILogger<HealthWorker> logger) : BackgroundService
{
    /// <summary>The longest wait of one timer. The next run may be a year away, which is longer than timers allow.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>The largest time by which a timer may fire too early.</summary>
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>Runs the schedule until the host stops.</summary>
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

    /// <summary>Waits for a time span, measured with the monotonic clock.</summary>
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
