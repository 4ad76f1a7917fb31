using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Downloads;
using Egress.Health;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Egress.Http;

/// <summary>Answers <c>/health</c> (the process runs) and <c>/ready</c> (its dependencies also work).</summary>
internal sealed class HealthEndpoint(HealthMonitor monitor, DownloadGate gate)
{
    /// <summary>Answers a liveness check.</summary>
    /// <param name="context">The request.</param>
    public static Task HealthAsync(HttpContext context) =>
        WriteAsync(context, new HealthBody("healthy", null, null, EgressVersion.Text), StatusCodes.Status200OK);

    /// <summary>Answers a readiness check: with 503 while a dependency is unavailable or the process shuts down.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public async Task ReadyAsync(HttpContext context, CancellationToken hostStopping)
    {
        var states = await monitor.ReadAsync(context.RequestAborted);
        var ready = !gate.IsDraining && states.All(static state => state.IsHealthy);
        var body = new HealthBody(
            ready ? "healthy" : "unhealthy",
            states.ToDictionary(static state => state.Component, static state => Text(state)),
            states.ToDictionary(static state => state.Component, static state => new HealthDetail(
                Text(state), Math.Round(state.Latency.TotalMilliseconds, 1), state.Since.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture))),
            EgressVersion.Text);
        await WriteAsync(context, body, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static string Text(ComponentState state) => state.Status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "degraded",
        HealthStatus.Unhealthy => "unavailable",
    };

    private static async Task WriteAsync(HttpContext context, HealthBody body, int status)
    {
        var response = context.Response;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, HealthJson.Default.HealthBody);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
        }
    }
}

/// <summary>The body of both responses.</summary>
/// <param name="Status"><c>healthy</c> or <c>unhealthy</c>.</param>
/// <param name="Checks">The status of each dependency: <c>ok</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="Details">The status, latency and last change of each dependency.</param>
/// <param name="Version">Version of Egress.</param>
internal sealed record HealthBody(string Status, Dictionary<string, string>? Checks, Dictionary<string, HealthDetail>? Details, string Version);

/// <summary>The result of the check of one dependency.</summary>
/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>unavailable</c>.</param>
/// <param name="LatencyMs">Milliseconds that the check took.</param>
/// <param name="Since">The time at which this process first found this status (RFC 3339, UTC).</param>
internal sealed record HealthDetail(string Status, double LatencyMs, string Since);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
