using System.Diagnostics;
using Egress.Backends;
using Egress.Core.Tests.Callbacks;
using Egress.Core.Tests.Downloads;
using Egress.Storage;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Telemetry;

/// <summary>Tests of the spans of a download, and of how they are linked.</summary>
public sealed class EgressTracesTests : IDisposable
{
    private readonly TestMetrics _metrics = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedStorage _inner = new() { Objects = { ["here"] = new byte[10] } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private InstrumentedStorage Storage => new(_inner, _metrics.Metrics, _time);

    public void Dispose() => _metrics.Dispose();

    [Fact]
    public void No_span_is_created_without_a_listener()
    {
        // Other tests may listen at the same time, but they ignore these traces.
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";
        Assert.Null(EgressTraces.StartDownload(context.Request, "record"));
        Assert.Null(EgressTraces.StartFetch());
    }

    [Fact]
    public void A_download_is_a_child_of_the_span_of_the_client()
    {
        using var trace = new TestTrace();
        using (var download = trace.StartDownload())
        {
            EgressTraces.EndDownload(download, "the-request", StatusCodes.Status502BadGateway);
        }

        var span = Assert.Single(trace.Exported);
        Assert.Equal((trace.Client.SpanId, ActivityKind.Server, ActivityStatusCode.Error), (span.ParentSpanId, span.Kind, span.Status));
        Assert.Equal("the-request", span.GetTagItem("egress.request_id"));
        Assert.Equal(StatusCodes.Status502BadGateway, span.GetTagItem("http.response.status_code"));
    }

    [Fact]
    public void The_trace_state_of_the_client_is_passed_on_unless_it_is_too_long_for_the_callback_message()
    {
        using var trace = new TestTrace();
        using (trace.StartDownload("vendor=1"))
        {
            Assert.Equal("vendor=1", CallbackFixture.Message().Tracestate);
        }

        using (trace.StartDownload("vendor=" + new string('1', 600)))
        {
            Assert.Null(CallbackFixture.Message().Tracestate);
            Assert.Contains(trace.Client.TraceId.ToString(), CallbackFixture.Message().Traceparent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Ten_thousand_fetches_are_a_handful_of_spans_and_a_count()
    {
        using var trace = new TestTrace();
        using (var download = trace.StartDownload())
        {
            for (var i = 0; i < 10_000; i++)
            {
                await using var opened = await Storage.OpenAsync(new ObjectLocation("b", i % 10 == 9 ? "gone" : "here"), ObjectRange.All, Token);
            }

            EgressTraces.EndDownload(download, "r", StatusCodes.Status200OK);
        }

        var fetches = trace.Exported.Where(span => span.OperationName == "fetch object").ToList();
        Assert.Equal(FetchTrace.First + FetchTrace.Odd, fetches.Count);
        Assert.Equal(2 + FetchTrace.Odd, fetches.Count(span => (string?)span.GetTagItem("egress.result") == "missing"));
        var root = trace.Exported.Single(span => span.OperationName == "download");
        Assert.Equal((10_000, 1_000), (root.GetTagItem("egress.fetches"), root.GetTagItem("egress.fetches_failed")));
        Assert.All(fetches, span => Assert.Equal(root.SpanId, span.ParentSpanId));
    }

    [Fact]
    public async Task A_slow_or_failed_fetch_is_recorded_however_late_it_ends()
    {
        using var trace = new TestTrace();
        using (trace.StartDownload())
        {
            for (var i = 0; i < 100; i++)
            {
                await using var opened = await Storage.OpenAsync(new ObjectLocation("b", "here"), ObjectRange.All, Token);
            }

            _inner.BeforeOpen = (_, _) =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.CompletedTask;
            };
            await (await Storage.OpenAsync(new ObjectLocation("b", "here"), ObjectRange.All, Token))!.DisposeAsync();
            _inner.BeforeOpen = (_, _) => throw new BackendException(Backend.Storage, BackendFault.Denied, "no");
            await Assert.ThrowsAsync<BackendException>(async () => await Storage.OpenAsync(new ObjectLocation("b", "secret"), ObjectRange.All, Token));
        }

        var late = trace.Exported.Where(span => span.OperationName == "fetch object").Skip(FetchTrace.First).ToList();
        Assert.Equal(["success", "denied"], late.Select(span => (string?)span.GetTagItem("egress.result")));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], late.Select(span => span.Status));
    }

    [Fact]
    public async Task A_callback_is_delivered_in_the_trace_of_its_download_over_the_queue()
    {
        using var trace = new TestTrace();
        await using var fixture = new CallbackFixture();
        string text;
        using (trace.StartDownload())
        using (EgressTraces.StartEnqueue("record", "the-request"))
        {
            text = CallbackFixture.Message().Write();
        }

        await fixture.Delivery.DeliverAsync(text, 1, Token);

        var enqueue = trace.Exported.Single(span => span.OperationName == "enqueue callback");
        var delivery = trace.Exported.Single(span => span.OperationName == "deliver callback");
        Assert.Equal((enqueue.SpanId, ActivityKind.Consumer), (delivery.ParentSpanId, delivery.Kind));
        Assert.Equal("msg_1", delivery.GetTagItem("egress.callback_id"));
        Assert.Equal("Delivered", delivery.GetTagItem("egress.verdict"));
    }

    [Fact]
    public void The_trace_of_the_host_does_not_get_into_callbacks()
    {
        using var host = new Activity("host").SetIdFormat(ActivityIdFormat.W3C).Start();
        Assert.Equal(host, Activity.Current);
        Assert.Null(CallbackFixture.Message().Traceparent);
    }

    [Fact]
    public async Task A_message_without_a_trace_is_delivered_too()
    {
        await using var fixture = new CallbackFixture();
        var text = CallbackFixture.Message().Write();
        Assert.DoesNotContain("traceparent", text, StringComparison.Ordinal);
        await fixture.Delivery.DeliverAsync(text, 1, Token);
        Assert.Equal(1, fixture.Metrics.All()["egress_callbacks_total{status=success}"]);
    }
}
