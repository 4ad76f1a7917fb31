using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Egress.Hosting;

/// <summary>What is special about running under the Azure Functions host. The one copy of its limits, and the wiring that answers them.</summary>
public static class FunctionsHost
{
    /// <summary><c>functionTimeout</c> of <c>host.json</c>. A function that is still busy then costs the whole worker: the host restarts it,
    /// which resets every other download too.</summary>
    public static readonly TimeSpan FunctionTimeout = TimeSpan.FromMinutes(30);

    /// <summary>How long a whole download may take: it must be over, reported and aborted before <see cref="FunctionTimeout"/>.</summary>
    public static readonly TimeSpan LongestDownload = FunctionTimeout - TimeSpan.FromSeconds(30);

    /// <summary>How long one wait may take. The host ends a request after 240 seconds without a byte, and Azure's front end wants the first
    /// byte within about 230; until our own limit fires, the answer and its reason are ours.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(200);

    /// <summary>Adds what the Functions app needs beside Egress itself.</summary>
    /// <param name="services">The services of the worker.</param>
    public static IServiceCollection AddFunctionsHost(this IServiceCollection services) => services
        .AddHostedService<FunctionsLifetime>()
        .Configure<KestrelServerOptions>(Limit)
        .PostConfigure<ForwardedHeadersOptions>(KeepForwardedHeaders);

    /// <summary>The worker's own server, which only the host talks to.</summary>
    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // Slow clients end by REQUEST_TIMEOUT, which counts time without progress, not by a minimum rate.
        kestrel.Limits.MinResponseDataRate = null;

        // The host has a limit of its own; one that is exceeded here would be answered 500. Egress reads no body that it did not limit.
        kestrel.Limits.MaxRequestBodySize = null;
    }

    /// <summary>The worker would take the last address out of <c>X-Forwarded-For</c>, and so put what the client itself wrote to where
    /// <c>TRUSTED_PROXIES</c> counts from.</summary>
    private static void KeepForwardedHeaders(ForwardedHeadersOptions options) => options.ForwardedHeaders = ForwardedHeaders.None;
}
