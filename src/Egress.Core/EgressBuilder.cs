using Egress.Callbacks;
using Egress.Deliveries;
using Egress.Downloads;
using Egress.Exports;
using Egress.Health;
using Egress.Http;
using Egress.Links;
using Egress.Records;
using Egress.Signing;
using Egress.Storage;
using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Egress;

/// <summary>Registers the services of Egress, in the same way in every host.</summary>
public static class EgressBuilder
{
    /// <summary>Adds everything that Egress needs to answer requests.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="settings">The settings, read and checked.</param>
    public static IServiceCollection AddEgress(this IServiceCollection services, EgressSettings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddSettings(settings)
            .AddSigning()
            .AddRecordStore(settings.Records, settings.CircuitBreaker)
            .AddObjectStorage(settings.Storage, settings.Resilience, settings.CircuitBreaker)
            .AddTelemetry(settings.Telemetry, RecordStoreUrl.Parse(settings.Records.Url).Kind.Name, settings.Storage.Type)
            .AddDownloads()
            .AddLinks()
            .AddCallbacks(settings.Callbacks)
            .AddDeliveries()
            .AddExports(settings.Exports, settings.Resilience, settings.CircuitBreaker)
            .AddHealth()
            .AddEndpoints();
    }
}
