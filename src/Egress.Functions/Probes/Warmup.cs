using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary>Runs on a new instance before its first request. Opens the connections that the first download would otherwise wait for.</summary>
public sealed class Warmup(HealthMonitor monitor)
{
    /// <summary>
    /// Succeeds within seconds, even if a backend cannot be reached. The host finds the function by the name <c>Warmup</c>; the parameter has no
    /// meaning.
    /// </summary>
    [Function(nameof(Warmup))]
    public Task RunAsync([WarmupTrigger] object instance, CancellationToken hostStopping) => monitor.ReadAsync(hostStopping);
}
