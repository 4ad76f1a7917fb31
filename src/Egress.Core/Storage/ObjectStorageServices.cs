using Egress.Health;
using Egress.Resilience;
using Egress.Storage.Local;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Storage;

/// <summary>Wires the storage that objects are read from.</summary>
public static class ObjectStorageServices
{
    /// <summary>Registers <see cref="IObjectStorage"/> and its <see cref="IHealthProbe"/>.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="storage">Which storage.</param>
    /// <param name="resilience">Retries and time limits.</param>
    /// <param name="breaker">When to stop asking.</param>
    public static IServiceCollection AddObjectStorage(
        this IServiceCollection services, StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker) =>
        storage.Type switch
        {
            StorageType.Local => services
                .AddSingleton(new LocalRoot(storage.LocalPath ?? throw new ArgumentException("Local storage needs a root.", nameof(storage))))
                .AddSingleton<IObjectStorage, LocalObjectStorage>()
                .AddSingleton<IHealthProbe, LocalStorageProbe>(),
            _ => throw new NotSupportedException($"{storage.Type} is not built yet."),
        };
}
