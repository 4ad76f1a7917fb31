using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Hosting;

/// <summary>
/// Registers services for the Azure Functions host. The limits of the host are in <see cref="Egress.Settings.HostProfile.Functions"/>.
/// </summary>
public static class FunctionsHost
{
    /// <summary>Adds what the Functions app needs in addition to Egress itself.</summary>
    /// <param name="services">The services of the worker.</param>
    public static IServiceCollection AddFunctionsHost(this IServiceCollection services) => services
        .AddHostedService<FunctionsLifetime>()
        .AddHostedService<QueueSetup>()
        .AddSingleton<IStartupFilter, ForwardedTarget>()
        .Configure<KestrelServerOptions>(Limit)
        .PostConfigure<ForwardedHeadersOptions>(KeepForwardedHeaders);

    /// <summary>Configures the worker's own server, to which only the host sends requests.</summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // REQUEST_TIMEOUT aborts slow clients: it limits time without progress. Kestrel's minimum data rate is off.
        kestrel.Limits.MinResponseDataRate = null;

        // The host limits bodies, and a limit here would be answered with 500. Egress limits every body that it reads.
        kestrel.Limits.MaxRequestBodySize = null;
    }

    /// <summary>
    /// Turns off the worker's handling of <c>X-Forwarded-For</c>. It would remove the last address, so that <c>TRUSTED_PROXIES</c> would count from
    /// an address that the client itself wrote.
    /// </summary>
    private static void KeepForwardedHeaders(ForwardedHeadersOptions options) => options.ForwardedHeaders = ForwardedHeaders.None;

    /// <summary>
    /// Removes the target of the request line, so that ids are read from the route. The host has decoded and encoded the target again, so that
    /// <c>a%2Fb</c> and <c>a%252Fb</c> cannot be distinguished.
    /// </summary>
    private sealed class ForwardedTarget : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "";
                return rest(context);
            });
            next(app);
        };
    }
}
