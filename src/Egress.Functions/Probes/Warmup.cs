using Egress.Health;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Probes;

/// <summary>Runs on a new instance before its first request. Opens the connections in advance that the first download needs.</summary>
public sealed class Warmup(HealthMonitor monitor)
{
    /// <summary>
    /// Opens the connections. Returns within seconds, even if a backend cannot be reached. The host finds the function by the name <c>Warmup</c>; the
    /// parameter is unused.
    /// </summary>
    [Function(nameof(Warmup))]
    public Task RunAsync([WarmupTrigger] object instance, CancellationToken hostStopping) => monitor.ReadAsync(hostStopping);
}
