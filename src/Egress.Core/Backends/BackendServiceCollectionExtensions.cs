using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Egress.Backends;

/// <summary>Registers the circuit breaker and the health check of a backend.</summary>
internal static class BackendServiceCollectionExtensions
{
    /// <summary>
    /// Registers the breaker of one backend twice: as a keyed service with the key <paramref name="backend"/> for its callers, and without a key, so
    /// that metrics get all breakers as <c>IEnumerable&lt;CircuitBreaker&gt;</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="backend">The backend that it protects.</param>
    /// <param name="options">When it opens and closes.</param>
    public static IServiceCollection AddCircuitBreaker(this IServiceCollection services, Backend backend, CircuitBreakerOptions options) =>
        services
            .AddKeyedSingleton(backend, (provider, _) => new CircuitBreaker(
                backend,
                options,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CircuitBreaker>>()))
            .AddSingleton(provider => provider.GetRequiredKeyedService<CircuitBreaker>(backend));

    /// <summary>Registers the health check of one backend, under the backend's name in lower case.</summary>
    /// <param name="services">The services.</param>
    /// <param name="backend">The backend that is checked.</param>
    /// <param name="check">Creates the function that a <see cref="BackendHealthCheck"/> calls.</param>
    public static IServiceCollection AddBackendHealthCheck(
        this IServiceCollection services, Backend backend, Func<IServiceProvider, Func<CancellationToken, ValueTask>> check)
    {
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            backend.ToString().ToLowerInvariant(), provider => new BackendHealthCheck(check(provider)), failureStatus: null, tags: null));
        return services;
    }
}
