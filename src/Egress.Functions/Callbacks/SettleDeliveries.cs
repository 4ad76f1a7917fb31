using Egress.Deliveries;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>The timer that reports interrupted downloads that were not resumed.</summary>
public sealed class SettleDeliveries(DeliverySweep sweep)
{
    /// <summary>Runs every minute, on one instance. <c>UseMonitor</c> is off, so that the host does not catch up on missed ticks.</summary>
    [Function(nameof(SettleDeliveries))]
    public Task RunAsync([TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        sweep.SweepAsync(hostStopping);
}
