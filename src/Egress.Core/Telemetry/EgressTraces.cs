using System.Diagnostics;
using Egress.Backends;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Telemetry;

/// <summary>
/// Owns every span of Egress (<c>docs/metrics.md</c>). Without a listener no span is made, and everything here costs a comparison.
/// Spans may hold ids, buckets and keys, and never secrets, signatures or URLs.
/// </summary>
internal static class EgressTraces
{
    /// <summary>Name of the source.</summary>
    public const string SourceName = "Egress";

    /// <summary>Longest <c>tracestate</c> that goes on, in characters: it lies in the message of the callback, and the client chooses it.</summary>
    private const int LongestState = 512;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The span of Egress that is under way; null where nobody traces, whatever spans the host has made.</summary>
    public static Activity? Current => Activity.Current is { Source.Name: SourceName } span ? span : null;

    /// <summary>A request for a download. Its parent is what the client says (W3C Trace Context); what the host makes of it is not exported.</summary>
    /// <param name="request">The request.</param>
    /// <param name="recordId">Id of the record, as routing hands it over.</param>
    public static Activity? StartDownload(HttpRequest request, string recordId)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var state = request.Headers.TraceState.ToString();
        var isChild = ActivityContext.TryParse(request.Headers.TraceParent, state.Length <= LongestState ? state : null, isRemote: true, out var parent);
        Activity.Current = null; // as far as this request; else a root would become a child of what the host has made
        var span = Source.StartActivity("download", ActivityKind.Server, isChild ? parent : default);
        span?.SetTag("http.request.method", request.Method).SetTag("egress.record_id", recordId);
        span?.SetCustomProperty(FetchTrace.Property, new FetchTrace());
        return span;
    }

    /// <summary>The request was answered, to its last byte or to where it was broken off.</summary>
    /// <param name="span">From <see cref="StartDownload"/>.</param>
    /// <param name="requestId">Its request id.</param>
    /// <param name="status">HTTP status.</param>
    public static void EndDownload(Activity? span, string requestId, int status)
    {
        if (span is null)
        {
            return;
        }

        span.SetTag("egress.request_id", requestId).SetTag("http.response.status_code", status);
        FetchTrace.Of(span)?.Describe(span);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    /// <summary>A download that began to stream ended.</summary>
    public static void DownloadFinished(DownloadOutcome outcome)
    {
        if (Current is not { } span)
        {
            return;
        }

        span.SetTag("egress.status", outcome.Status.ToString().ToLowerInvariant())
            .SetTag("egress.files_requested", outcome.FilesRequested)
            .SetTag("egress.files_succeeded", outcome.FilesSucceeded)
            .SetTag("egress.archive_bytes", outcome.ArchiveBytes)
            .SetTag("egress.source_bytes", outcome.SourceBytes);
        if (outcome.Status == DownloadStatus.Failed)
        {
            // A client that left is nobody's fault.
            span.SetTag("error.type", outcome.Reason.ToString())
                .SetStatus(outcome.Reason == FailureReason.ClientDisconnected ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }
    }

    /// <summary>Everything that is decided before the first byte.</summary>
    public static Activity? StartPlan() => Source.StartActivity("plan");

    /// <summary>A download is refused.</summary>
    /// <param name="span">From <see cref="StartPlan"/>.</param>
    /// <param name="rejection">Why.</param>
    public static void Refused(Activity? span, Rejection rejection)
    {
        span?.SetTag("egress.rejection", rejection.Reason.ToString());
        if (rejection.Fault is { } fault)
        {
            span.Fail(fault);
        }
    }

    /// <summary>The look-up of a record.</summary>
    public static Activity? StartQuery() => Source.StartActivity("find record", ActivityKind.Client);

    /// <summary>The opening of an object, or of a part of it. <see cref="FetchTrace.End"/> decides whether the span is kept.</summary>
    public static Activity? StartFetch() => Source.StartActivity("fetch object", ActivityKind.Client);

    /// <summary>A callback is put on the queue.</summary>
    /// <param name="recordId">Id of the record.</param>
    /// <param name="requestId">Id of the request.</param>
    public static Activity? StartEnqueue(string recordId, string requestId) => Source.StartActivity("enqueue callback", ActivityKind.Producer)
        ?.SetTag("egress.record_id", recordId).SetTag("egress.request_id", requestId);

    /// <summary>An attempt to deliver a callback, in the trace of its download.</summary>
    /// <param name="traceParent">What the message holds of it; null for nothing.</param>
    /// <param name="traceState">Likewise.</param>
    /// <param name="callbackId">Id of the callback.</param>
    /// <param name="host">Where to.</param>
    public static Activity? StartDelivery(string? traceParent, string? traceState, string callbackId, string host)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // What the Functions host makes of the queue trigger is another trace: this one is linked to it.
        ActivityLink[] links = Activity.Current is { } trigger ? [new(trigger.Context)] : [];
        var isChild = ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent);
        return Source.StartActivity("deliver callback", ActivityKind.Consumer, isChild ? parent : default, tags: null, links)
            ?.SetTag("egress.callback_id", callbackId).SetTag("server.address", host);
    }

    /// <summary>Marks a span as failed by a backend; the text stays in the log.</summary>
    public static void Fail(this Activity? span, BackendException fault) =>
        span?.SetTag("error.type", fault.Fault.ToString()).SetStatus(ActivityStatusCode.Error);
}
