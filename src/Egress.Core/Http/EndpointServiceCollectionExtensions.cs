using Egress.Http.Api;
using Egress.Http.Links;
using Egress.Http.Pages;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>Registers the HTTP endpoints.</summary>
internal static class EndpointServiceCollectionExtensions
{
    /// <summary>Adds <see cref="EgressEndpoints"/>, to which the host routes requests.</summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddEndpoints(this IServiceCollection services) => services
        .AddSingleton<ClientLimiter>()
        .AddSingleton<CachePolicy>()
        .AddSingleton<DownloadResponder>()
        .AddSingleton<ResponseTails>()
        .AddSingleton<DisconnectVerdict>()
        .AddSingleton<DownloadReport>()
        .AddSingleton<ApiAccess>()
        .AddSingleton<ApiFailure>()
        .AddSingleton<LinkAddress>()
        .AddSingleton<LinkBodyChecks>()
        .AddSingleton<LinkCreation>()
        .AddSingleton<AccessLog>()
        .AddSingleton<PageFrame>()
        .AddSingleton<ProblemPage>()
        .AddSingleton(static provider => new EgressEndpoints(
            EgressRoutes.All.Select(route => (route, route.Exists(provider) ? route.Endpoint(provider) : null)),
            provider.GetRequiredService<EgressMetrics>(),
            provider.GetRequiredService<AccessLog>(),
            provider.GetRequiredService<ProblemPage>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<EgressEndpoints>>()));
}
