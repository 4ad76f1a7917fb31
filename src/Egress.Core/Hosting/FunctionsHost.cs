using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Hosting;

/// <summary>The wiring for the Azure Functions host. Its limits are in <see cref="Egress.Settings.HostProfile.Functions"/>.</summary>
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

    /// <summary>The worker's own server, which only the host talks to.</summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // Slow clients end by REQUEST_TIMEOUT, which counts time without progress, not by a minimum rate.
        kestrel.Limits.MinResponseDataRate = null;

        // The host has its own limit; one that is exceeded here would be answered 500. Egress reads no body that it did not limit.
        kestrel.Limits.MaxRequestBodySize = null;
    }

    /// <summary>The worker would take the last address out of <c>X-Forwarded-For</c>, and so put what the client itself wrote to where
    /// <c>TRUSTED_PROXIES</c> counts from.</summary>
    private static void KeepForwardedHeaders(ForwardedHeadersOptions options) => options.ForwardedHeaders = ForwardedHeaders.None;

    /// <summary>
    /// Removes the target of the request line, which the host has decoded and encoded again: it forwards <c>a%2Fb</c> and <c>a%252Fb</c> alike. Without
    /// it an id is taken from the route.
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
