using Egress.Backends;
using Egress.Downloads;
using Egress.Telemetry;
using Microsoft.Extensions.Logging;

namespace Egress.Links;

/// <summary>Logs and counts the events of links, with the event ids 1100 to 1109. The log never contains a secret or a signed link.</summary>
internal sealed partial class LinkReport(EgressMetrics metrics, ILogger<LinkReport> logger)
{
    /// <summary>Reports that a link was created.</summary>
    public void Created(string id, string key, LinkSummary summary)
    {
        metrics.LinkCreated();
        LogCreated(id, key, summary.Files, summary.Length);
    }

    /// <summary>Reports that a link was revoked.</summary>
    public void Revoked(string id, string key)
    {
        metrics.LinkRevoked();
        LogRevoked(id, key);
    }

    /// <summary>Reports that a request had no API key, or a wrong one.</summary>
    public void KeyRefused(bool hasKey)
    {
        metrics.ApiKeyRefused();
        LogKeyRefused(hasKey);
    }

    /// <summary>Reports that a backend failed while a request to the API was answered.</summary>
    public void Failed(Rejection rejection)
    {
        if (rejection.Fault is { } fault)
        {
            LogFailed(fault.Backend, fault.Fault, fault.Message, fault);
        }
        else
        {
            LogRefused(rejection.Reason, rejection.Detail ?? "");
        }
    }

    /// <summary>Reports that an API key may not create a link to an object.</summary>
    [LoggerMessage(1103, LogLevel.Warning, "The key {Key} may not create this link: {Field} {Message}")]
    public partial void OutOfScope(string key, string field, string message);

    [LoggerMessage(1106, LogLevel.Error, "A request to the link API failed: {Backend} failed ({Fault}): {Detail}")]
    private partial void LogFailed(Backend backend, BackendFault fault, string detail, Exception exception);

    [LoggerMessage(1107, LogLevel.Warning, "A request to the link API was refused ({Reason}): {Detail}")]
    private partial void LogRefused(RejectionReason reason, string detail);

    [LoggerMessage(1100, LogLevel.Information, "Link {Id} created with the key {Key}: {Files} files, {Length} bytes")]
    private partial void LogCreated(string id, string key, int? files, long? length);

    [LoggerMessage(1101, LogLevel.Information, "Link {Id} revoked with the key {Key}")]
    private partial void LogRevoked(string id, string key);

    [LoggerMessage(1102, LogLevel.Warning, "A request to the link API was refused; it had a key: {HasKey}")]
    private partial void LogKeyRefused(bool hasKey);
}
