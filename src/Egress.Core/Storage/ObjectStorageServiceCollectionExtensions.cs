using Egress.Backends;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Egress.Storage;

/// <summary>Registers the storage from which objects are read.</summary>
public static class ObjectStorageServiceCollectionExtensions
{
    /// <summary>The service key of the storage without decorators: without retries, time limits, breaker and repair of broken reads.</summary>
    internal const string Undecorated = "egress.storage.undecorated";

    /// <summary>
    /// Registers <see cref="IObjectStorage"/> and <see cref="IObjectUploads"/> with retries, time limits, breaker and repair of broken reads. Also registers
    /// the health check, the <see cref="CircuitBreaker"/> and the <see cref="StorageRetries"/> of the storage.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="storage">The options of the storage.</param>
    /// <param name="resilience">Retries and time limits.</param>
    /// <param name="breaker">The options of the circuit breaker.</param>
    /// <param name="isSource">Whether objects are read from it, so that it can copy them to uploads.</param>
    public static IServiceCollection AddObjectStorage(
        this IServiceCollection services, StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker, bool isSource = true)
    {
        services.TryAddSingleton(TimeProvider.System);
        storage.AddTo(services);
        return services
            .AddCircuitBreaker(Backend.Storage, breaker)
            .AddSingleton<StorageRetries>()
            .AddSingleton<StuckReads>()
            .AddSingleton<IObjectStorage>(provider => Decorate(provider, resilience))
            .AddSingleton<IObjectUploads>(provider => DecorateUploads(provider, resilience, breaker, isSource));
    }

    private static ResilientStorage Decorate(IServiceProvider provider, ResilienceOptions resilience)
    {
        var inner = provider.GetRequiredKeyedService<IObjectStorage>(Undecorated);
        return new ResilientStorage(inner, Calls(
            provider, inner.IsRemote ? resilience : resilience with { FetchTimeout = TimeSpan.Zero }, provider.GetRequiredKeyedService<CircuitBreaker>(Backend.Storage)));
    }

    private static ResilientUploads DecorateUploads(IServiceProvider provider, ResilienceOptions resilience, CircuitBreakerOptions breaker, bool copies)
    {
        var limit = resilience.FetchTimeout <= TimeSpan.Zero || resilience.FetchTimeout > ResilientUploads.LeastTimeout
            ? resilience.FetchTimeout
            : ResilientUploads.LeastTimeout;
        return new ResilientUploads(
            provider.GetRequiredKeyedService<IObjectUploads>(Undecorated),
            Calls(provider, resilience with { FetchTimeout = limit, OperationTimeout = TimeSpan.Zero }, Breaker(provider, breaker)),
            copies);
    }

    /// <summary>
    /// Creates the circuit breaker of uploads. It is separate from that of downloads, so that a destination that refuses parts does not suspend downloads.
    /// </summary>
    private static CircuitBreaker Breaker(IServiceProvider provider, CircuitBreakerOptions options) => new(
        Backend.Storage, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<CircuitBreaker>>());

    private static StorageCalls Calls(IServiceProvider provider, ResilienceOptions resilience, CircuitBreaker breaker) => new(
        resilience,
        breaker,
        provider.GetRequiredService<StorageRetries>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<ResilientStorage>>());
}
