using Egress.Callbacks;
using Microsoft.Extensions.Hosting;

namespace Egress.Deliveries;

/// <summary>Sweeps deliveries in the plain server. In the Functions app a timer does this.</summary>
internal sealed class DeliveryWorker(DeliverySweep sweep, CallbackOptions options, TimeProvider time, DeliveryReport report) : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>The interval of the sweeps: a tenth of the shorter of lease and resume window, within limits.</summary>
    internal TimeSpan Pause => TimeSpan.FromTicks(Math.Clamp(
        Math.Min(options.ResumeWindow.Ticks, options.Lease.Ticks) / 10, ShortestPause.Ticks, LongestPause.Ticks));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.ResumeWindow <= TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            do
            {
                await TrySweepAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    /// <summary>Sweeps once. Catches every exception, because a defect must not stop the server, and the next sweep may succeed.</summary>
    private async Task TrySweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            await sweep.SweepAsync(stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            report.SweepFailed(failure);
        }
    }
}
