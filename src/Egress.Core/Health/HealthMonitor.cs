using Egress.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>
/// Checks the backends and the ZIP engine, for <c>/ready</c> and for the scheduled health check. Each change of state is logged once. Safe for concurrent use.
/// </summary>
public sealed class HealthMonitor
{
    /// <summary>Tag of checks that <c>/ready</c> does not run.</summary>
    internal const string ProbeOnly = "probe-only";

    /// <summary>The shortest time between two checks of a backend, however often <c>/ready</c> is requested.</summary>
    private static readonly TimeSpan ReadyMaxAge = TimeSpan.FromSeconds(1);

    private readonly ComponentHealth[] _all;
    private readonly ComponentHealth[] _forReady;
    private readonly EgressMetrics _metrics;

    internal HealthMonitor(IEnumerable<ComponentCheck> checks, EgressMetrics metrics, TimeProvider time, ILogger<HealthMonitor> logger)
    {
        _all = [.. checks.Select(check => new ComponentHealth(check, time, logger))];
        _forReady = [.. _all.Where(static component => !component.Has(ProbeOnly))];
        _metrics = metrics;
    }

    /// <summary>Returns the states of the backends. They are at most a second old. Completes within <see cref="ComponentHealth.Limit"/>.</summary>
    /// <param name="cancellationToken">Cancels the wait, not the check.</param>
    public Task<ComponentState[]> ReadAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_forReady.Select(static component => component.CheckAsync(ReadyMaxAge))).WaitAsync(cancellationToken);

    /// <summary>Runs every check and sets <c>egress_health_status</c>.</summary>
    /// <param name="cancellationToken">Cancels the wait, not the checks.</param>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        var states = await Task.WhenAll(_all.Select(static component => component.CheckAsync(TimeSpan.Zero))).WaitAsync(cancellationToken);
        foreach (var state in states)
        {
            _metrics.HealthChecked(state.Component, state.Status == HealthStatus.Healthy);
        }
    }
}
