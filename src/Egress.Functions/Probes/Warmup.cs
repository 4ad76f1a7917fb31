using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary>A new instance, before its first request: the connections that the first download would wait for are made now.</summary>
public sealed class Warmup(HealthMonitor monitor)
{
    /// <summary>Succeeds within seconds, even if something cannot be reached. The host looks for this name; the value has no meaning.</summary>
    [Function(nameof(Warmup))]
    public Task RunAsync([WarmupTrigger] object instance, CancellationToken hostStopping) => monitor.ReadAsync(hostStopping);
}
