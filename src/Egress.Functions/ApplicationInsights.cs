using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Egress.Settings;
using Egress.Telemetry;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace Egress.Functions;

/// <summary>Sends the worker's logs and traces to Application Insights, where they are correlated with those of the host.</summary>
internal static class ApplicationInsights
{
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    private const string AuthenticationString = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Whether the settings name an Application Insights resource.</summary>
    public static bool IsConfigured(SettingSource source) => source.FindForeign(ConnectionString) is not null;

    /// <summary>Adds the exporters if the host has a connection string.</summary>
    /// <remarks>
    /// The worker then reports to the host that it exports its own telemetry. That keeps the category and the event id of each log line, and the host
    /// stops writing the worker's lines to its console. Without Application Insights nothing is added, so that the lines still appear on the console.
    /// </remarks>
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

                // Logs are not sampled together with traces, because alerts count log lines by event id.
                options.EnableTraceBasedLogsSampler = false;
            }
        }

        return builder;
    }

    /// <summary>
    /// Returns the credential of the identity in <c>Authorization=AAD;ClientId=…</c>, which the host reads in the same way. Returns null to use the
    /// key in the connection string.
    /// </summary>
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
