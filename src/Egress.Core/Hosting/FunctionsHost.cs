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
    /// <summary>Adds the services that only the Functions app needs.</summary>
    /// <param name="services">The services of the worker.</param>
    public static IServiceCollection AddFunctionsHost(this IServiceCollection services) => services
        .AddHostedService<FunctionsLifetime>()
        .AddHostedService<QueueSetup>()
        .AddSingleton<IStartupFilter, ForwardedTarget>()
        .Configure<KestrelServerOptions>(Limit)
        .PostConfigure<ForwardedHeadersOptions>(KeepForwardedHeaders);

    /// <summary>Configures the limits of the worker's own web server, to which only the Functions host sends requests.</summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // Kestrel's minimum data rate is off, because REQUEST_TIMEOUT and MIN_CLIENT_RATE limit slow clients.
        kestrel.Limits.MinResponseDataRate = null;

        // Kestrel's limit for bodies is off, because the Functions host would answer with 500 when it is exceeded. Egress limits every body that it reads.
        kestrel.Limits.MaxRequestBodySize = null;
    }

    /// <summary>
    /// Turns off the worker's handling of <c>X-Forwarded-For</c>. It would remove the last address of the header, and <c>TRUSTED_PROXIES</c> would then count
    /// from an address that the client can forge.
    /// </summary>
    private static void KeepForwardedHeaders(ForwardedHeadersOptions options) => options.ForwardedHeaders = ForwardedHeaders.None;

    /// <summary>
    /// Removes the raw target of the request, so that Egress reads ids from the route. The Functions host has decoded and encoded the target again, so
    /// <c>a%2Fb</c> and <c>a%252Fb</c> cannot be distinguished in it.
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
