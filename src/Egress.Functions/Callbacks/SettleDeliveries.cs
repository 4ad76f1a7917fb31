using Egress.Deliveries;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>The timer that sends the callbacks of downloads that were interrupted and not resumed.</summary>
public sealed class SettleDeliveries(DeliverySweep sweep)
{
    /// <summary>Runs on one instance, every minute. <c>UseMonitor</c> is off, so that the host does not catch up on missed ticks.</summary>
    [Function(nameof(SettleDeliveries))]
    public Task RunAsync([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        sweep.SweepAsync(hostStopping);
}
