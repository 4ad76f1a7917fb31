using System.Runtime.CompilerServices;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.AzureBlob;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Egress.Storage.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Egress.Storage;

/// <summary>Wires the storage that objects are read from.</summary>
public static class ObjectStorageServices
{
    /// <summary>
    /// Registers <see cref="IObjectStorage"/> with retries, time limits, breaker and healing, its health check, its
    /// <see cref="CircuitBreaker"/> and its <see cref="StorageRetries"/>.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="storage">Which storage.</param>
    /// <param name="resilience">Retries and time limits.</param>
    /// <param name="breaker">When to stop asking.</param>
    public static IServiceCollection AddObjectStorage(
        this IServiceCollection services, StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker)
    {
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddCircuitBreaker(Backend.Storage, breaker)
            .AddSingleton<StorageRetries>()
            .AddBackend(storage)
            .AddSingleton<IObjectStorage>(provider => new ResilientStorage(
                provider.GetRequiredKeyedService<IObjectStorage>(storage.Type),
                new StorageCalls(
                    storage.Type == StorageType.Local ? resilience with { FetchTimeout = TimeSpan.Zero } : resilience,
                    provider.GetRequiredKeyedService<CircuitBreaker>(Backend.Storage),
                    provider.GetRequiredService<StorageRetries>(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<ResilientStorage>>())));
    }

    private static IServiceCollection AddBackend(this IServiceCollection services, StorageOptions storage) => storage.Type switch
    {
        StorageType.Local => services.AddLocal(storage),
        StorageType.S3 => services.AddS3(storage),
        StorageType.Azure => services.AddAzure(storage),
        _ => throw new ArgumentOutOfRangeException(nameof(storage), storage.Type, "Unknown storage."),
    };

    // The types of each SDK are in a method of its own, so that only the SDK that is used is loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IServiceCollection AddLocal(this IServiceCollection services, StorageOptions storage) => services
        .AddSingleton(new LocalRoot(storage.LocalPath ?? throw new ArgumentException("Local storage needs a root.", nameof(storage))))
        .AddKeyedSingleton<IObjectStorage, LocalStorage>(storage.Type)
        .AddSingleton<LocalProbe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<LocalProbe>().CheckAsync);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IServiceCollection AddS3(this IServiceCollection services, StorageOptions storage) => services
        .AddSingleton<IAmazonS3>(_ => S3ClientFactory.Create(storage.S3))
        .AddKeyedSingleton<IObjectStorage, S3Storage>(storage.Type)
        .AddSingleton<S3Probe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<S3Probe>().CheckAsync);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IServiceCollection AddAzure(this IServiceCollection services, StorageOptions storage) => services
        .AddSingleton(_ => AzureBlobClientFactory.Create(storage.Azure))
        .AddKeyedSingleton<IObjectStorage, AzureBlobStorage>(storage.Type)
        .AddSingleton<AzureBlobProbe>()
        .AddBackendHealthCheck(Backend.Storage, static provider => provider.GetRequiredService<AzureBlobProbe>().CheckAsync);
}
