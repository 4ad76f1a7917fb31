using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Egress.Settings;
using Egress.Telemetry;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace Egress.Functions;

/// <summary>Sends the worker's logs and traces to Application Insights, where they join those of the host.</summary>
internal static class ApplicationInsights
{
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string AuthenticationString = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Whether the settings name an Application Insights to send to.</summary>
    public static bool IsConfigured(SettingSource source) => source.FindForeign(ConnectionString) is not null;

    /// <summary>Adds the exporters where the host has a connection string.</summary>
    /// <remarks>The worker then tells the host that it exports its own telemetry, so that category and event id of a log line are kept. The host
    /// stops writing these lines to its console. Without Application Insights the console is where they belong, so nothing is added.</remarks>
    /// <param name="builder">The app.</param>
    /// <param name="source">The application settings.</param>
    public static FunctionsApplicationBuilder AddApplicationInsights(this FunctionsApplicationBuilder builder, SettingSource source)
    {
        if (source.FindForeign(ConnectionString) is { } connection)
        {
            var credential = Credential(source.FindForeign(AuthenticationString));
            builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults()
                .WithTracing(traces => traces.AddSource(EgressTraces.SourceName).AddAzureMonitorTraceExporter(Export))
                .WithLogging(
                    logs => logs.AddAzureMonitorLogExporter(Export),
                    static lines => (lines.IncludeFormattedMessage, lines.IncludeScopes) = (true, true));

            void Export(AzureMonitorExporterOptions options)
            {
                (options.ConnectionString, options.Credential) = (connection, credential);

                // Alerts count log lines by their event id, so none may be left out with the trace that it belongs to.
                options.EnableTraceBasedLogsSampler = false;
            }
        }

        return builder;
    }

    /// <summary>The identity that the host, too, takes out of <c>Authorization=AAD;ClientId=…</c>; null to use the key in the connection string.</summary>
    private static ManagedIdentityCredential? Credential(string? authentication)
    {
        var parts = (authentication ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static part => part.Split('=', 2))
            .Where(static part => part.Length == 2)
            .ToDictionary(static part => part[0], static part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!string.Equals(parts.GetValueOrDefault("Authorization"), "AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return new ManagedIdentityCredential(
            parts.TryGetValue("ClientId", out var client) ? ManagedIdentityId.FromUserAssignedClientId(client) : ManagedIdentityId.SystemAssigned);
    }
}
