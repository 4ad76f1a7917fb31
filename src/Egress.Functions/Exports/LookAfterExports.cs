using Egress.Exports.Running;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>The timer that continues exports whose messages were lost, and forgets old ones.</summary>
public sealed class LookAfterExports(ExportSweep sweep)
{
    /// <summary>Runs on one instance, every two minutes. <c>UseMonitor</c> is off: a missed tick is not run later.</summary>
    [Function(nameof(LookAfterExports))]
    public Task RunAsync([TimerTrigger("30 */2 * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        sweep.SweepAsync(hostStopping);
}
