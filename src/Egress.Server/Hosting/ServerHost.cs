using System.Security.Cryptography.X509Certificates;
using Egress.Callbacks.Delivery;
using Egress.Http;
using Egress.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Egress.Server.Hosting;

/// <summary>Builds the plain server: Kestrel, the routes and the draining shutdown.</summary>
internal static partial class ServerHost
{
    /// <summary>How long requests that were broken off may take to end.</summary>
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(5);

    public static WebApplication Create(EgressSettings settings)
    {
        // An empty builder reads no appsettings.json and no ASPNETCORE_URLS: the settings table is all there is.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(settings.Telemetry.OpenTelemetry.Select(static v => KeyValuePair.Create(v.Key, (string?)v.Value)));
        AddLogging(builder.Logging, settings.Server.LogLevel);
        builder.WebHost
            .UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .UseSockets(ClientSockets.Configure)
            .ConfigureKestrel(kestrel => Listen(kestrel, settings.Server));
        builder.Services
            .AddRoutingCore()
            .AddEgress(settings)
            .AddSingleton(settings.Server)
            .AddSingleton<IHostLifetime, DrainingLifetime>()
            .AddHostedService(static provider => provider.GetRequiredService<CallbackWorker>())
            .AddHostedService<HealthLoop>()
            .Configure<HostOptions>(options => options.ShutdownTimeout = AbortLimit);

        var app = builder.Build();
        app.UseRouting();
        MapRoutes(app);
        foreach (var warning in settings.Warnings)
        {
            SettingWarning(app.Logger, warning);
        }

        return app;
    }

    private static void MapRoutes(WebApplication app)
    {
        var egress = app.Services.GetRequiredService<EgressEndpoints>();
        app.Map("/health", egress.HealthAsync);
        app.Map("/ready", egress.ReadyAsync);
        app.Map("/metrics", egress.MetricsAsync);
        app.Map("/download/{id}", DownloadAsync);
        app.Map("/{id}", DownloadAsync);
        foreach (var reserved in ReservedWords.WithoutRoute)
        {
            app.Map(reserved, egress.NotFoundAsync);
        }

        app.MapFallback("{**path}", egress.NotFoundAsync);

        // Without a parameter to bind: for that the framework would load its compiler of expressions at the start.
        Task DownloadAsync(HttpContext context) => egress.DownloadAsync(context, (string)context.GetRouteValue("id")!, CancellationToken.None);
    }

    private static void Listen(KestrelServerOptions kestrel, ServerOptions server)
    {
        kestrel.AddServerHeader = false;

        // Slow clients end by REQUEST_TIMEOUT, which counts time without progress, not by a minimum rate.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ListenAnyIP(server.Port, listen =>
        {
            if (server.Tls is { } tls)
            {
                listen.UseHttps(X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.KeyFile));
            }
        });
    }

    private static void AddLogging(ILoggingBuilder logging, LogLevel least)
    {
        logging
            .SetMinimumLevel(least)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.Hosting", LogLevel.Warning)
            // Its only use is a log scope, with a request id that is not the one in our answers.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (Console.IsOutputRedirected)
        {
            logging.AddJsonConsole(options => options.IncludeScopes = true);
        }
        else
        {
            logging.AddSimpleConsole(options => options.SingleLine = true);
        }
    }

    [LoggerMessage(6000, LogLevel.Warning, "Settings: {Warning}")]
    private static partial void SettingWarning(ILogger logger, string warning);
}
