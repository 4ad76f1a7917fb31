using Egress.Backends;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Egress.Storage;

/// <summary>Registers the storage of the objects.</summary>
public static class ObjectStorageServiceCollectionExtensions
{
    /// <summary>Key of the storage without retries, time limits, breaker and healing.</summary>
    internal const string Undecorated = "egress.storage.undecorated";

    /// <summary>
    /// Registers <see cref="IObjectStorage"/> and <see cref="IObjectUploads"/> with retries, time limits, breaker and healing, its health check, its
    /// <see cref="CircuitBreaker"/> and its <see cref="StorageRetries"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="storage">The options of the storage.</param>
    /// <param name="resilience">Retries and time limits.</param>
    /// <param name="breaker">When to suspend requests.</param>
    public static IServiceCollection AddObjectStorage(
        this IServiceCollection services, StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker)
    {
        services.TryAddSingleton(TimeProvider.System);
        storage.AddTo(services);
        return services
            .AddCircuitBreaker(Backend.Storage, breaker)
            .AddSingleton<StorageRetries>()
            .AddSingleton<StuckReads>()
            .AddSingleton<IObjectStorage>(provider => Decorate(provider, resilience))
            .AddSingleton<IObjectUploads>(provider => DecorateUploads(provider, resilience, breaker));
    }

    private static ResilientStorage Decorate(IServiceProvider provider, ResilienceOptions resilience)
    {
        var inner = provider.GetRequiredKeyedService<IObjectStorage>(Undecorated);
        return new ResilientStorage(inner, Calls(
            provider, inner.IsRemote ? resilience : resilience with { FetchTimeout = TimeSpan.Zero }, provider.GetRequiredKeyedService<CircuitBreaker>(Backend.Storage)));
    }

    private static ResilientUploads DecorateUploads(IServiceProvider provider, ResilienceOptions resilience, CircuitBreakerOptions breaker)
    {
        var limit = resilience.FetchTimeout <= TimeSpan.Zero || resilience.FetchTimeout > ResilientUploads.LeastTimeout
            ? resilience.FetchTimeout
            : ResilientUploads.LeastTimeout;
        return new ResilientUploads(
            provider.GetRequiredKeyedService<IObjectUploads>(Undecorated),
            Calls(provider, resilience with { FetchTimeout = limit, OperationTimeout = TimeSpan.Zero }, Breaker(provider, breaker)));
    }

    /// <summary>Uploads have a breaker of their own, so that a destination that refuses parts does not suspend downloads.</summary>
    private static CircuitBreaker Breaker(IServiceProvider provider, CircuitBreakerOptions options) => new(
        Backend.Storage, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<CircuitBreaker>>());

    private static StorageCalls Calls(IServiceProvider provider, ResilienceOptions resilience, CircuitBreaker breaker) => new(
        resilience,
        breaker,
        provider.GetRequiredService<StorageRetries>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<ResilientStorage>>());
}
