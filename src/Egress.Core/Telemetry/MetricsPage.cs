using Microsoft.AspNetCore.Http;

namespace Egress.Telemetry;

/// <summary>The page with the metrics in the text format of Prometheus.</summary>
/// <param name="Credentials">The credentials that it requires; null for none.</param>
/// <param name="Page">Writes the response; null if there is no such page.</param>
internal sealed record MetricsPage(MetricsCredentials? Credentials, RequestDelegate? Page);
