using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Egress.Backends;

/// <summary>Reports to the framework's health checks whether a backend can be used.</summary>
/// <param name="check">
/// Completes if the backend works, and throws <see cref="BackendException"/> otherwise. It must be cheap, because it runs every few seconds. It may
/// block its thread, and is never called concurrently.
/// </param>
internal sealed class BackendHealthCheck(Func<CancellationToken, ValueTask> check) : IHealthCheck
{
    /// <summary>The function that checks the backend, as passed to the constructor.</summary>
    public Func<CancellationToken, ValueTask> Check => check;

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await check(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
