using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Exports;

/// <summary>
/// The storage that only exports are written to, with its own client, retries and circuit breaker. Its services are in a service provider of their own,
/// because both storages may be of the same kind, and the services of a kind can be registered only once.
/// </summary>
internal sealed class OtherStorage : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="storage">The settings of the storage.</param>
    /// <param name="resilience">The retries and time limits of its requests.</param>
    /// <param name="breaker">The failures after which requests are suspended.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logging">The log of its services.</param>
    public OtherStorage(StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker, TimeProvider time, ILoggerFactory logging) =>
        _services = new ServiceCollection()
            .AddSingleton(time)
            .AddSingleton(logging)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddObjectStorage(storage, resilience, breaker, isSource: false)
            .BuildServiceProvider();

    /// <summary>Looks up objects in this storage.</summary>
    public IObjectStorage Objects => _services.GetRequiredService<IObjectStorage>();

    /// <summary>Writes objects to this storage.</summary>
    public IObjectUploads Uploads => _services.GetRequiredService<IObjectUploads>();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
