using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Egress.Health;

/// <summary>The result of the last check of a component.</summary>
/// <param name="Component"><c>database</c>, <c>storage</c>, <c>callbacks</c> or <c>zip</c>.</param>
/// <param name="Status">Whether the component can be used. A degraded component does not make downloads fail.</param>
/// <param name="Latency">How long the check took, up to its time limit.</param>
/// <param name="Since">When this process first found the component in this state.</param>
public sealed record ComponentState(string Component, HealthStatus Status, TimeSpan Latency, DateTimeOffset Since)
{
    /// <summary>Whether downloads can be served.</summary>
    public bool IsHealthy => Status != HealthStatus.Unhealthy;
}
