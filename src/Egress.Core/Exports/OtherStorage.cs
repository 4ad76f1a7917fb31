using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Resilience;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Exports;

/// <summary>
/// A storage that only exports are written to, with its own client, retries and breaker. A container of its own, because both storages may be of one kind, and a kind registers its
/// services once.
/// </summary>
internal sealed class OtherStorage : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="storage">Which storage.</param>
    /// <param name="resilience">Retries and time limits.</param>
    /// <param name="breaker">When to suspend requests.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logging">Where it logs.</param>
    public OtherStorage(StorageOptions storage, ResilienceOptions resilience, CircuitBreakerOptions breaker, TimeProvider time, ILoggerFactory logging) =>
        _services = new ServiceCollection()
            .AddSingleton(time)
            .AddSingleton(logging)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddObjectStorage(storage, resilience, breaker, isSource: false)
            .BuildServiceProvider();

    /// <summary>Looks up what exists there.</summary>
    public IObjectStorage Objects => _services.GetRequiredService<IObjectStorage>();

    /// <summary>Writes to it.</summary>
    public IObjectUploads Uploads => _services.GetRequiredService<IObjectUploads>();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
