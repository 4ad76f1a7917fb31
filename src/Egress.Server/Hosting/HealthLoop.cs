using Egress.Health;

namespace Egress.Server.Hosting;

/// <summary>Runs the health probe at the start and by its schedule, one run at a time.</summary>
internal sealed class HealthLoop(HealthMonitor monitor, EgressSettings settings, TimeProvider time) : BackgroundService
{
    /// <summary>A timer cannot wait for a yearly schedule in one go.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await monitor.ProbeAsync(stoppingToken);
                await WaitUntilAsync(settings.Health.NextAfter(time.GetUtcNow()), stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task WaitUntilAsync(DateTimeOffset next, CancellationToken stoppingToken)
    {
        while (next - time.GetUtcNow() is { Ticks: > 0 } left)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, time, stoppingToken);
        }
    }
}
