using Microsoft.AspNetCore.Http;

namespace Egress.Telemetry;

/// <summary>The page of metrics in Prometheus text.</summary>
/// <param name="Credentials">The credentials that it requires; null for none.</param>
/// <param name="Page">Writes the text; null if there is no such page.</param>
internal sealed record MetricsPage(MetricsCredentials? Credentials, RequestDelegate? Page);
