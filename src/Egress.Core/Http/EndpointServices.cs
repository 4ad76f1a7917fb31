using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>The wiring of the HTTP surface.</summary>
public static class EndpointServices
{
    /// <summary>Adds <see cref="EgressEndpoints"/>, which the host routes to.</summary>
    public static IServiceCollection AddEndpoints(this IServiceCollection services) => services
        .AddSingleton<ClientLimiter>()
        .AddSingleton<DownloadResponder>()
        .AddSingleton<DownloadEndpoint>()
        .AddSingleton<HealthEndpoint>()
        .AddSingleton<DownloadReport>()
        .AddSingleton(static provider => new MetricsEndpoint(
            provider.GetRequiredService<MetricsPage>().Credentials, provider.GetRequiredService<MetricsPage>().Page))
        .AddSingleton(static provider => new EgressEndpoints(
            provider.GetRequiredService<DownloadEndpoint>(),
            provider.GetRequiredService<HealthEndpoint>(),
            provider.GetRequiredService<MetricsEndpoint>(),
            provider.GetRequiredService<EgressMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EgressEndpoints>>()));
}
