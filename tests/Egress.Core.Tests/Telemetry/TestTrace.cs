using System.Collections.Concurrent;
using System.Diagnostics;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Egress.Core.Tests.Telemetry;

/// <summary>Listens to one new trace, and ignores the traces of other tests.</summary>
internal sealed class TestTrace : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = [];

    public TestTrace()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EgressTraces.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == Client.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The context of the client's span.</summary>
    public ActivityContext Client { get; } = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    /// <summary>The header <c>traceparent</c> that the client sends.</summary>
    public string TraceParent => $"00-{Client.TraceId}-{Client.SpanId}-01";

    /// <summary>The ended spans that exporters would send.</summary>
    public IReadOnlyList<Activity> Exported => [.. _ended.Where(span => span.Recorded && span.TraceId == Client.TraceId)];

    /// <summary>Starts the span of a download that the client requests.</summary>
    /// <param name="state">The <c>tracestate</c> of the client; null for none.</param>
    public Activity StartDownload(string? state = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = TraceParent;
        context.Request.Headers.TraceState = state;
        return EgressTraces.StartDownload(context.Request, "record")!;
    }

    public void Dispose() => _listener.Dispose();
}
