using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Downloads;
using Egress.Health;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http;

/// <summary>Answers <c>/health</c> (the process serves) and <c>/ready</c> (so does what it depends on).</summary>
internal sealed partial class HealthEndpoint(
    IEnumerable<IHealthProbe> probes, DownloadGate gate, TimeProvider time, ILogger<HealthEndpoint> logger)
{
    /// <summary>How long <c>/ready</c> waits for an answer. Load balancers wait about as long.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(4);

    private static readonly string Version =
        typeof(HealthEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    /// <summary>Liveness.</summary>
    public static Task HealthAsync(HttpContext context) => WriteAsync(context, new HealthBody("healthy", null, Version), StatusCodes.Status200OK);

    /// <summary>Readiness: 503 while a dependency is unavailable or the process goes down.</summary>
    public async Task ReadyAsync(HttpContext context)
    {
        var results = await Task.WhenAll(probes.Select(probe => IsUsableAsync(probe, context.RequestAborted))).ConfigureAwait(false);
        var checks = results.ToDictionary(static r => r.Component, static r => r.Usable ? "ok" : "unavailable");
        var ready = !gate.IsDraining && results.All(static r => r.Usable);
        await WriteAsync(context, new HealthBody(ready ? "healthy" : "unhealthy", checks, Version), ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable)
            .ConfigureAwait(false);
    }

    private async Task<(string Component, bool Usable)> IsUsableAsync(IHealthProbe probe, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ProbeLimit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await probe.CheckAsync(linked.Token).ConfigureAwait(false);
            return (probe.Component, true);
        }
        catch (BackendException fault)
        {
            NotUsable(probe.Component, fault.Message, fault);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            NotUsable(probe.Component, $"no answer within {ProbeLimit.TotalSeconds} s", e);
        }

        return (probe.Component, false);
    }

    private static async Task WriteAsync(HttpContext context, HealthBody body, int status)
    {
        var response = context.Response;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, HealthJson.Default.HealthBody);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.BodyWriter.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    [LoggerMessage(5000, LogLevel.Warning, "Not ready: {Component} cannot be used: {Cause}")]
    private partial void NotUsable(string component, string cause, Exception exception);
}

/// <summary>The JSON of both answers.</summary>
internal sealed record HealthBody(string Status, Dictionary<string, string>? Checks, string Version);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class HealthJson : JsonSerializerContext;
