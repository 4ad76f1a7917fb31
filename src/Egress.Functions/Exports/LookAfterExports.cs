using Egress.Exports.Running;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>The timer that continues exports whose messages were lost, and deletes the rows of old exports.</summary>
public sealed class LookAfterExports(ExportSweep sweep)
{
    /// <summary>Runs every two minutes, on one instance. <c>UseMonitor</c> is off, so that the host does not catch up on missed ticks.</summary>
    [Function(nameof(LookAfterExports))]
    public Task RunAsync([TimerTrigger("30 */2 * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        sweep.SweepAsync(hostStopping);
}
