using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Backends;

/// <summary>Wires the breakers.</summary>
public static class CircuitBreakerServices
{
    /// <summary>
    /// Registers the breaker of one backend: by the key <paramref name="backend"/> for who calls the backend, and without one, so that
    /// metrics get all of them as <c>IEnumerable&lt;CircuitBreaker&gt;</c>.
    /// </summary>
    /// <param name="services">Where to.</param>
    /// <param name="backend">Which backend it watches.</param>
    /// <param name="options">When it opens and closes.</param>
    public static IServiceCollection AddCircuitBreaker(this IServiceCollection services, Backend backend, CircuitBreakerOptions options) =>
        services
            .AddKeyedSingleton(backend, (provider, _) => new CircuitBreaker(
                backend,
                options,
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CircuitBreaker>>()))
            .AddSingleton(provider => provider.GetRequiredKeyedService<CircuitBreaker>(backend));
}
