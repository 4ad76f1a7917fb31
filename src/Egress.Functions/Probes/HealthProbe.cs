using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary>The timer that checks every service on which Egress depends.</summary>
public sealed class HealthProbe(HealthMonitor monitor)
{
    /// <summary>
    /// Runs on one instance, on the schedule in the settings. <c>UseMonitor</c> is off, so that the host does not catch up on missed ticks.
    /// </summary>
    [Function(nameof(HealthProbe))]
    public Task RunAsync([TimerTrigger("%HEALTH_PROBE_SCHEDULE%", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        monitor.ProbeAsync(hostStopping);
}
