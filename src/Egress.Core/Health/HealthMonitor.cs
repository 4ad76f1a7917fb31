using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>
/// Knows the state of everything that Egress depends on: for <c>/ready</c>, which asks itself and needs no timer, and for the timer's probe.
/// A change of state is logged once, whoever notices it. Safe for concurrent use.
/// </summary>
public sealed class HealthMonitor
{
    /// <summary>However often <c>/ready</c> is asked, the backends are asked no more often than this.</summary>
    private static readonly TimeSpan ReadyMaxAge = TimeSpan.FromSeconds(1);

    private readonly ComponentHealth[] _backends;
    private readonly ComponentHealth[] _all;
    private readonly EgressMetrics _metrics;

    internal HealthMonitor(
        IEnumerable<IHealthProbe> backends, ArchiveCanary canary, EgressMetrics metrics, TimeProvider time, ILogger<HealthMonitor> logger)
    {
        _backends = [.. backends.Select(probe => new ComponentHealth(probe, time, logger))];
        _all = [.. _backends, new ComponentHealth(canary, time, logger)];
        _metrics = metrics;
    }

    /// <summary>The state of the backends now, or up to a second ago. Answers within <see cref="ComponentHealth.Limit"/>.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the check.</param>
    public Task<ComponentState[]> ReadAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_backends.Select(static component => component.CheckAsync(ReadyMaxAge))).WaitAsync(cancellationToken);

    /// <summary>What the timer runs: checks the backends and the ZIP engine, and sets <c>egress_health_status</c>.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the check.</param>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var states = await Task.WhenAll(_all.Select(static component => component.CheckAsync(TimeSpan.Zero)))
            .WaitAsync(cancellationToken);
        foreach (var state in states)
        {
            _metrics.HealthChecked(state.Component, state.IsHealthy);
        }
    }
}
