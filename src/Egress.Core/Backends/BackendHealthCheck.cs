using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Egress.Backends;

/// <summary>Reports to the framework's health checks whether a backend can be used.</summary>
/// <param name="check">
/// Completes when the backend works, and throws <see cref="BackendException"/> when it does not. Cheap: it runs every few seconds. It may block
/// its thread, and is never called twice at once.
/// </param>
internal sealed class BackendHealthCheck(Func<CancellationToken, ValueTask> check) : IHealthCheck
{
    /// <summary>The check that is called.</summary>
    public Func<CancellationToken, ValueTask> Check => check;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await check(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
