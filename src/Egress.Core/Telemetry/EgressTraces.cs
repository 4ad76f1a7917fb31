using System.Diagnostics;
using Egress.Backends;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Telemetry;

/// <summary>
/// Creates every span of Egress (<c>docs/metrics.md</c>). If tracing is off, no span is created, and each call costs one comparison. Spans may
/// contain ids, buckets and keys, and never secrets, signatures or URLs.
/// </summary>
internal static class EgressTraces
{
    /// <summary>The name of the activity source.</summary>
    public const string SourceName = "Egress";

    /// <summary>
    /// The longest <c>tracestate</c> of a request that is kept, in characters. It is limited because the client chooses it and Egress stores it in
    /// the message of the callback.
    /// </summary>
    private const int LongestState = 512;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>The current span; null if it is not a span of Egress, for example because tracing is off and only the host creates spans.</summary>
    public static Activity? Current => Activity.Current is { Source.Name: SourceName } span ? span : null;

    /// <summary>
    /// Starts the span of a request for a download. Its parent is the span of the client (W3C Trace Context) and not that of the host, because the
    /// spans of the host are not exported.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="recordId">Id of the record from routing.</param>
    public static Activity? StartDownload(HttpRequest request, string recordId)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var state = request.Headers.TraceState.ToString();
        var isChild = ActivityContext.TryParse(request.Headers.TraceParent, state.Length <= LongestState ? state : null, isRemote: true, out var parent);
        Activity.Current = null; // otherwise a root span would become a child of the host's span
        var span = Source.StartActivity("download", ActivityKind.Server, isChild ? parent : default);
        span?.SetTag("http.request.method", request.Method).SetTag("egress.record_id", recordId);
        span?.SetCustomProperty(FetchTrace.Property, new FetchTrace());
        return span;
    }

    /// <summary>Ends the span of a request, after the last byte was sent or the transfer was aborted.</summary>
    /// <param name="span">The span that <see cref="StartDownload"/> returned.</param>
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

    /// <summary>Adds the outcome of a download to the current span.</summary>
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
            // The span has the status "error" unless the client disconnected.
            span.SetTag("error.type", outcome.Reason.ToString())
                .SetStatus(outcome.Reason == FailureReason.ClientDisconnected ? ActivityStatusCode.Unset : ActivityStatusCode.Error);
        }
    }

    /// <summary>Starts the span of planning, which ends before the first byte.</summary>
    public static Activity? StartPlan() => Source.StartActivity("plan");

    /// <summary>Adds the refusal of a download.</summary>
    /// <param name="span">The span that <see cref="StartPlan"/> returned.</param>
    /// <param name="rejection">The refusal.</param>
    public static void Refused(Activity? span, Rejection rejection)
    {
        span?.SetTag("egress.rejection", rejection.Reason.ToString());
        if (rejection.Fault is { } fault)
        {
            span.Fail(fault);
        }
    }

    /// <summary>Starts the span of the look-up of a record.</summary>
    public static Activity? StartQuery() => Source.StartActivity("find record", ActivityKind.Client);

    /// <summary>Starts the span of opening an object or a range of it. <see cref="FetchTrace.End"/> decides whether it is kept.</summary>
    public static Activity? StartFetch() => Source.StartActivity("fetch object", ActivityKind.Client);

    /// <summary>Starts the span in which a callback is put on the queue.</summary>
    /// <param name="recordId">Id of the record.</param>
    /// <param name="requestId">Id of the request.</param>
    public static Activity? StartEnqueue(string recordId, string requestId) => Source.StartActivity("enqueue callback", ActivityKind.Producer)
        ?.SetTag("egress.record_id", recordId).SetTag("egress.request_id", requestId);

    /// <summary>Starts the span of an attempt to deliver a callback, in the trace of its download.</summary>
    /// <param name="traceParent">The <c>traceparent</c> in the message; null for none.</param>
    /// <param name="traceState">The <c>tracestate</c> in the message; null for none.</param>
    /// <param name="callbackId">Id of the callback.</param>
    /// <param name="host">The host name of the callback URL.</param>
    public static Activity? StartDelivery(string? traceParent, string? traceState, string callbackId, string host)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // The span of the Functions host for the queue trigger is in another trace, so this span has a link to it.
        ActivityLink[] links = Activity.Current is { } trigger ? [new(trigger.Context)] : [];
        var isChild = ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent);
        return Source.StartActivity("deliver callback", ActivityKind.Consumer, isChild ? parent : default, tags: null, links)
            ?.SetTag("egress.callback_id", callbackId).SetTag("server.address", host);
    }

    /// <summary>Marks a span as failed because of a backend. The span does not contain the message, which is only logged.</summary>
    public static void Fail(this Activity? span, BackendException fault) =>
        span?.SetTag("error.type", fault.Fault.ToString()).SetStatus(ActivityStatusCode.Error);
}
