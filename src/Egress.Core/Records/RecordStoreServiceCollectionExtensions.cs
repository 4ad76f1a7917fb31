using Egress.Backends;
using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Egress.Records;

/// <summary>Registers the store of records.</summary>
public static class RecordStoreServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IRecordStore"/> behind its <see cref="CircuitBreaker"/>, <see cref="IRecordWriter"/>, the store's
    /// health check, its caches of checksums (<see cref="IChecksumCache{T}"/>), its <see cref="ILinkStore"/>, its <see cref="ILinkBudgetStore"/>, its
    /// <see cref="IDeliveryStore"/>, its <see cref="IExportStore"/> and its <see cref="IManifestStore"/>.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="options">The options of the store.</param>
    /// <param name="breaker">When the circuit breaker opens and closes.</param>
    public static IServiceCollection AddRecordStore(this IServiceCollection services, RecordStoreOptions options, CircuitBreakerOptions breaker)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddCircuitBreaker(Backend.Database, breaker)
            .AddSingleton(provider => RecordStoreFactory.Create(
                options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()))
            .AddSingleton<IRecordStore>(provider => new ResilientRecordStore(
                provider.GetRequiredService<RecordBackend>().Store, provider.GetRequiredKeyedService<CircuitBreaker>(Backend.Database)))
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Writer ?? new ReadOnlyRecords())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Crc32s ?? new NoChecksumCache<uint>())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Sha256Digests ?? new NoChecksumCache<Sha256Digest>())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Links ?? new NoLinks())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().LinkBudgets ?? new NoLinkBudgets())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Deliveries ?? new NoDeliveryStore())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Exports ?? new NoExportStore())
            .AddSingleton(provider => provider.GetRequiredService<RecordBackend>().Manifests ?? new NoManifestStore())
            .AddBackendHealthCheck(Backend.Database, CheckOf);
    }

    private static Func<CancellationToken, ValueTask> CheckOf(IServiceProvider provider)
    {
        var backend = provider.GetRequiredService<RecordBackend>();
        return backend.Check ?? new RecordLookupCheck(backend.Store).CheckAsync;
    }
}
