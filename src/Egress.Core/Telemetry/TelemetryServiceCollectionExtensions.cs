using System.Diagnostics.Metrics;
using Egress.Backends;
using Egress.Downloads.Manifests;
using Egress.Records;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Egress.Telemetry;

/// <summary>Registers metrics and traces.</summary>
internal static class TelemetryServiceCollectionExtensions
{
    private const string ServiceName = "egress";

    /// <summary>
    /// Adds <see cref="EgressMetrics"/>, its exporters and <see cref="MetricsPage"/>, and decorates <see cref="IRecordStore"/> and
    /// <see cref="IObjectStorage"/>, which must already be registered, so that they are measured and traced.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">The destinations of metrics and traces.</param>
    /// <param name="database">The value of the label <c>db_type</c>.</param>
    /// <param name="storage">The value of the label <c>storage_type</c>.</param>
    public static IServiceCollection AddTelemetry(
        this IServiceCollection services, TelemetryOptions options, string database, string storage) => services
        .AddMetrics()
        .AddSingleton(provider => new EgressMetrics(
            provider.GetRequiredService<IMeterFactory>(),
            database,
            storage,
            provider.GetRequiredService<StorageRetries>(),
            provider.GetRequiredService<StuckReads>(),
            provider.GetServices<CircuitBreaker>(),
            provider.GetRequiredService<ManifestCounts>()))
        .Decorate<IRecordStore>(static (inner, metrics, time) => new InstrumentedRecordStore(inner, metrics, time))
        .Decorate<IObjectStorage>(static (inner, metrics, time) => new InstrumentedStorage(inner, metrics, time))
        .AddExporters(options)
        .AddSingleton(provider => new MetricsPage(options.Credentials, options.HasPage ? Page(provider) : null));

    private static IServiceCollection AddExporters(this IServiceCollection services, TelemetryOptions options)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource
                .AddService(ServiceName, serviceVersion: EgressVersion.Text, autoGenerateServiceInstanceId: true)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddMeter(EgressMetrics.MeterName)
                .AddMeter("System.Runtime")
                .AddReaders(options));
        if (options.PushesTraces)
        {
            telemetry.WithTracing(static traces => traces.AddSource(EgressTraces.SourceName).AddOtlpExporter());
        }

        return services;
    }

    private static void AddReaders(this MeterProviderBuilder metrics, TelemetryOptions options)
    {
        if (options.HasPage)
        {
            metrics.AddPrometheusExporter(static page => (page.ScopeInfoEnabled, page.ScrapeResponseCacheDurationMilliseconds) = (false, 0));
        }

        if (options.ListenerPort is { } port)
        {
            metrics.AddPrometheusHttpListener(listener =>
                (listener.Host, listener.Port, listener.ScopeInfoEnabled, listener.ScrapeResponseCacheDurationMilliseconds) = ("localhost", port, false, 0));
        }

        if (options.PushesMetrics)
        {
            metrics.AddOtlpExporter();
        }
    }

    /// <summary>Returns the middleware of the Prometheus exporter as a delegate that both hosts can call.</summary>
    private static RequestDelegate Page(IServiceProvider provider) =>
        new ApplicationBuilder(provider).UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();

    /// <summary>Replaces a registered service with a decorator of it that records metrics.</summary>
    private static IServiceCollection Decorate<T>(this IServiceCollection services, Func<T, EgressMetrics, TimeProvider, T> decorate) where T : class
    {
        var inner = services.Last(static service => service.ServiceType == typeof(T) && !service.IsKeyedService);
        services.Remove(inner);
        return services.AddSingleton(provider => decorate(
            (T)inner.ImplementationFactory!(provider), provider.GetRequiredService<EgressMetrics>(), provider.GetRequiredService<TimeProvider>()));
    }
}
