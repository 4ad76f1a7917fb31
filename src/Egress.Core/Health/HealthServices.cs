using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Health;

/// <summary>The wiring of health.</summary>
public static class HealthServices
{
    /// <summary>Adds <see cref="HealthMonitor"/> over every registered <see cref="IHealthProbe"/>.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddHealth(this IServiceCollection services) => services
        .AddSingleton(static provider => new HealthMonitor(
            provider.GetServices<IHealthProbe>(),
            new ArchiveCanary(),
            provider.GetRequiredService<EgressMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HealthMonitor>>()));
}
