using Microsoft.Extensions.DependencyInjection;

namespace Egress;

/// <summary>Registers the settings.</summary>
internal static class SettingsServiceCollectionExtensions
{
    /// <summary>Adds the options of every feature.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="settings">The settings, read and checked.</param>
    public static IServiceCollection AddSettings(this IServiceCollection services, EgressSettings settings) => services
        .AddSingleton(settings)
        .AddSingleton(settings.Records)
        .AddSingleton(settings.Storage)
        .AddSingleton(settings.Resilience)
        .AddSingleton(settings.CircuitBreaker)
        .AddSingleton(settings.Downloads)
        .AddSingleton(settings.Manifests)
        .AddSingleton(settings.Signing)
        .AddSingleton(settings.Links)
        .AddSingleton(settings.Page)
        .AddSingleton(settings.Callbacks)
        .AddSingleton(settings.Exports)
        .AddSingleton(settings.Health)
        .AddSingleton(settings.Telemetry)
        .AddSingleton(settings.ClientLimits)
        .AddSingleton(settings.Server);
}
