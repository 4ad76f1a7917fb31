using Egress.Backends;
using Egress.Storage.Resilience;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Egress.Core.Tests.Storage.Resilience;

/// <summary>A scripted storage with all decorators, and its own clock.</summary>
internal sealed class ResilienceFixture
{
    public ResilienceFixture(ResilienceOptions? options = null)
    {
        Breaker = new CircuitBreaker(Backend.Storage, new CircuitBreakerOptions(), Time, NullLogger<CircuitBreaker>.Instance);
        // Retries have no delay, except in tests of the delay, so that nothing waits for the clock.
        Storage = new ResilientStorage(
            Inner, new StorageCalls(options ?? new() { RetryDelay = TimeSpan.Zero }, Breaker, Retries, Time, NullLogger.Instance));
    }

    public ScriptedStorage Inner { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public StorageRetries Retries { get; } = new();

    public CircuitBreaker Breaker { get; }

    public ResilientStorage Storage { get; }

    /// <summary>
    /// Advances the clock until the task completes. It advances repeatedly, because the time limit of a read starts only when the read begins to
    /// wait.
    /// </summary>
    public async Task PassTimeAsync(TimeSpan step, Task ended)
    {
        while (!ended.IsCompleted)
        {
            Time.Advance(step);
            await Task.Yield();
        }
    }
}
