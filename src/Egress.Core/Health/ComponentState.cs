namespace Egress.Health;

/// <summary>What the last check of a component found.</summary>
/// <param name="Component"><c>database</c>, <c>storage</c> or <c>zip</c>.</param>
/// <param name="IsHealthy">Whether it can be used.</param>
/// <param name="Latency">How long the answer took, or was waited for.</param>
/// <param name="Since">Since when this process has found it in this state.</param>
public sealed record ComponentState(string Component, bool IsHealthy, TimeSpan Latency, DateTimeOffset Since);
