using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions;

/// <summary>The timer's probe of everything that Egress depends on.</summary>
public sealed class HealthProbe(HealthMonitor monitor)
{
    /// <summary>Only once in every half minute, on one instance: a tick that was missed needs no making up for.</summary>
    [Function(nameof(HealthProbe))]
    public Task RunAsync([TimerTrigger("%HEALTH_PROBE_SCHEDULE%", UseMonitor = false)] TimerInfo timer, CancellationToken hostStopping) =>
        monitor.ProbeAsync(hostStopping);
}
