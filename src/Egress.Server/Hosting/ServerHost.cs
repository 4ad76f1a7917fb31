using Egress.Callbacks.Delivery;
using Egress.Deliveries;
using Egress.Exports.Running;
using Egress.Health;
using Egress.Hosting;
using Egress.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace Egress.Server.Hosting;

/// <summary>Builds the plain server: Kestrel, the routes and the draining shutdown.</summary>
internal static partial class ServerHost
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Builds the server.</summary>
    /// <param name="settings">The validated settings.</param>
    /// <exception cref="Egress.Settings.SettingsException">The certificate cannot be used.</exception>
    public static WebApplication Create(EgressSettings settings)
    {
        // An empty builder reads neither appsettings.json nor ASPNETCORE_URLS, so that settings come only from the settings table.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(settings.Telemetry.OpenTelemetry.Select(static v => KeyValuePair.Create(v.Key, (string?)v.Value)));
        AddLogging(builder.Logging, settings.Server.LogLevel);
        builder.WebHost
            .UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .UseSockets(ClientSockets.Configure)
            .ConfigureKestrel(kestrel => Listen(kestrel, settings.Server.Port));
        builder.Services
            .AddRoutingCore()
            .AddEgress(settings)
            .AddSingleton(settings.Server)
            .AddSingleton<DrainingLifetime>()
            .AddSingleton<IHostLifetime>(static services => services.GetRequiredService<DrainingLifetime>())
            .AddHostedService(static provider => provider.GetRequiredService<CallbackWorker>())
            .AddHostedService<DeliveryWorker>()
            .AddHostedService(static provider => provider.GetRequiredService<ResponseTails>())
            .AddHostedService<ExportWorker>()
            .AddHostedService<HealthWorker>()
            .Configure<HostOptions>(static options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan); // DrainingLifetime applies the limit
        if (settings.Server.Tls is { } tls)
        {
            builder.Services.AddSingleton(services => new TlsCertificate(
                tls, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<TlsCertificate>>()));
        }

        var app = builder.Build();
        app.UseRouting();
        MapRoutes(app);
        if (settings.ConfigFile is { } file)
        {
            SettingsFile(app.Logger, Path.GetFullPath(file));
        }

        foreach (var warning in settings.Warnings.Concat(settings.SecurityWarnings))
        {
            SettingWarning(app.Logger, warning);
        }

        return app;
    }

    /// <summary>
    /// Maps the routes with delegates that take only the context. For other parameters the framework would load its expression compiler, which delays
    /// the start.
    /// </summary>
    private static void MapRoutes(WebApplication app)
    {
        var egress = app.Services.GetRequiredService<EgressEndpoints>();
        foreach (var template in egress.Templates)
        {
            app.Map(template, context => egress.AnswerAsync(template, context, CancellationToken.None));
        }

        foreach (var reserved in EgressRoutes.WithoutEndpoint)
        {
            app.Map(reserved, egress.NotFoundAsync);
        }

        app.MapFallback("{**path}", egress.NotFoundAsync);
    }

    private static void Listen(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;

        // Kestrel's minimum data rate is off, because REQUEST_TIMEOUT aborts slow clients: it limits the time without progress.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.ListenAnyIP(port, listen =>
        {
            HalfClosedClients.Use(listen);
            if (kestrel.ApplicationServices.GetService<TlsCertificate>() is { } certificate)
            {
                listen.UseHttps(certificate.Options);
            }
        });
    }

    private static void AddLogging(ILoggingBuilder logging, LogLevel least)
    {
        logging
            .SetMinimumLevel(least)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.Hosting", LogLevel.Warning)
            // This category only adds a log scope with a request id that is not the one in the responses.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        if (Console.IsOutputRedirected)
        {
            logging.AddJsonConsole(static options =>
                (options.IncludeScopes, options.UseUtcTimestamp, options.TimestampFormat) = (true, true, TimestampFormat));

            // Only the formatter of the framework is used. The framework's logger provider queues lines for a background thread, and would lose
            // queued lines in a crash.
            logging.Services.RemoveAll<ILoggerProvider>();
            logging.Services.AddSingleton<ILoggerProvider>(static services => new LineLoggerProvider(
                services.GetServices<ConsoleFormatter>().Single(static formatter => formatter.Name == ConsoleFormatterNames.Json),
                new LineOutput(Console.OpenStandardOutput())));
        }
        else
        {
            logging.AddConsole(static options => options.FormatterName = TerminalFormatter.FormatterName)
                .AddConsoleFormatter<TerminalFormatter, ConsoleFormatterOptions>();
        }
    }

    [LoggerMessage(6009, LogLevel.Information, "Settings are read from {File} and the environment")]
    private static partial void SettingsFile(ILogger logger, string file);

    [LoggerMessage(6000, LogLevel.Warning, "Settings: {Warning}")]
    private static partial void SettingWarning(ILogger logger, string warning);
}
