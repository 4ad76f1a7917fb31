using Egress.Queues;
using Microsoft.Extensions.Hosting;

namespace Egress.Callbacks.Outbox;

/// <summary>Moves messages from the spool to the queue, which did not accept them earlier. Runs in every host.</summary>
internal sealed class SpoolWorker(CallbackSpool spool, IMessageQueue queue, CallbackReport report, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FailureInterval = TimeSpan.FromSeconds(5);

    /// <summary>Runs until it is canceled. No exception stops it.</summary>
    internal async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            var moved = await TryMoveAsync(stopping);
            await Task.Delay(moved ? Interval : FailureInterval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryMoveAsync(cancellationToken);
        foreach (var message in spool.TakeAllFromMemory())
        {
            report.Stranded(message);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task<bool> TryMoveAsync(CancellationToken stopping)
    {
        try
        {
            await spool.MoveToAsync(queue, stopping);
            return true;
        }
        catch (Exception failure)
        {
            if (!stopping.IsCancellationRequested)
            {
                report.SpoolWaits(failure);
            }

            return false;
        }
    }
}
