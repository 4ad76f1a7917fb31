using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Egress.Health;

/// <summary>Registers the health checks and their monitor.</summary>
internal static class HealthServiceCollectionExtensions
{
    /// <summary>Adds the check of the ZIP engine, and the <see cref="HealthMonitor"/> of all registered health checks.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<ArchiveCanary>("zip", failureStatus: null, tags: [HealthMonitor.ProbeOnly]);
        return services.AddSingleton(static provider => new HealthMonitor(
            provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
                .Select(registration => new ComponentCheck(registration, registration.Factory(provider))),
            provider.GetRequiredService<EgressMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HealthMonitor>>()));
    }
}

/// <summary>A health check with its registration.</summary>
/// <param name="Registration">Name and tags.</param>
/// <param name="Check">The check.</param>
internal sealed record ComponentCheck(HealthCheckRegistration Registration, IHealthCheck Check);
