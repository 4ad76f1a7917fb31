using Egress.Http.Requests;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Egress.Http.Responses;

/// <summary>
/// Writes a line for each request for a download, if <c>ACCESS_LOG</c> is set. The line is event 1050, and its scope has the ids of the request and
/// the download. It never contains the link, because the signature would allow readers of the log to download.
/// </summary>
internal sealed partial class AccessLog(TelemetryOptions options, ClientLimitOptions limits, ILogger<AccessLog> logger)
{
    /// <summary>Writes the line of a request that has ended.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status; 499 if the client disconnected before the answer.</param>
    /// <param name="duration">Time since the request arrived.</param>
    public void Write(HttpContext context, int status, TimeSpan duration)
    {
        if (!options.AccessLog)
        {
            return;
        }

        var entry = AccessEntry.Of(context);
        entry.Complete(status);
        var client = ClientAddress.FindExact(context, limits.TrustedProxies)?.ToString() ?? "";
        var agent = PrintableText.Shorten(context.Request.Headers.UserAgent.ToString());
        LogAccess(
            PrintableText.Shorten(context.Request.Method), status, entry.Bytes, duration.TotalMilliseconds, client, agent,
            context.Request.Headers.Range.Count > 0, entry.Outcome, entry.Reason);
    }

    [LoggerMessage(1050, LogLevel.Information,
        "Access: {Method} {Status}, {Bytes} bytes in {DurationMs:F0} ms, client {Client}, user agent \"{UserAgent}\", range {IsRange}: {Outcome} {Reason}")]
    private partial void LogAccess(
        string method, int status, long bytes, double durationMs, string client, string userAgent, bool isRange, string outcome, string reason);
}
