using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary>The timer's probe of everything that Egress depends on.</summary>
public sealed class HealthProbe(HealthMonitor monitor)
{
    /// <summary>Runs on one instance, as scheduled. <c>UseMonitor</c> is off: a missed tick is not run later.</summary>
    [Function(nameof(HealthProbe))]
    public Task RunAsync([TimerTrigger("%HEALTH_PROBE_SCHEDULE%", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        monitor.ProbeAsync(hostStopping);
}
