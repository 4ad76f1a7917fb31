using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests.Observability;

/// <summary>Tests of the metrics and traces that a collector receives from the built server.</summary>
public sealed class OtlpTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string ClientSpan = "00f067aa0ba902b7";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_trace_leads_from_the_client_over_the_queue_to_the_callback()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var callbacks = await CallbackReceiver.StartAsync();
        await using var observed = await ObservedServer.StartAsync(Token, otlp.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Get, await observed.CreateLinkAsync(callbacks.Url, "a.txt", "b.txt"));
        request.Headers.Add("traceparent", $"00-{TraceId}-{ClientSpan}-01");
        request.Headers.Add("X-Request-ID", "the-request");
        using (var answer = await observed.Server.Client.SendAsync(request, Token))
        {
            answer.EnsureSuccessStatusCode();
        }

        var delivered = await callbacks.NextAsync(Token);
        var spans = await Eventually.UntilAsync(
            () => Task.FromResult(otlp.Spans.Where(static span => span.TraceId == TraceId).ToList()),
            static spans => new[] { "deliver callback", "download" }.All(last => spans.Any(span => span.Name == last)),
            "the spans that end last",
            static spans => string.Join(", ", spans.Select(static span => span.Name)),
            Token);

        var names = spans.Select(static span => span.Name).Order();
        Assert.Equal(["deliver callback", "download", "enqueue callback", "fetch object", "fetch object", "find record", "plan"], names);
        var byName = spans.DistinctBy(static span => span.Name).ToDictionary(static span => span.Name);
        Assert.Equal(ClientSpan, byName["download"].ParentId);
        Assert.Equal(byName["download"].Id, byName["plan"].ParentId);
        Assert.Equal(byName["plan"].Id, byName["find record"].ParentId);
        Assert.Equal(byName["download"].Id, byName["fetch object"].ParentId);
        Assert.Equal(byName["download"].Id, byName["enqueue callback"].ParentId);
        Assert.Equal(byName["enqueue callback"].Id, byName["deliver callback"].ParentId);
        Assert.Equal("the-request", byName["download"].Attributes["egress.request_id"]);
        Assert.Equal("completed", byName["download"].Attributes["egress.status"]);
        Assert.Equal($"00-{TraceId}-{byName["deliver callback"].Id}-01", delivered.Headers["traceparent"]);
        Assert.DoesNotContain(spans.SelectMany(static span => span.Attributes.Values), static value => value.Contains("http", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_are_pushed_too()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        await using var observed = await ObservedServer.StartAsync(Token, otlp.Settings);
        await observed.Server.Client.GetAsync("/none", Token);
        var shown = await Scrape.ReadAsync(observed.Server.Client, Token);
        var names = shown.Keys.Where(static series => series.StartsWith("egress_", StringComparison.Ordinal))
            .Select(static series => series.Split('{')[0].Replace("_bucket", "", StringComparison.Ordinal)
                .Replace("_sum", "", StringComparison.Ordinal).Replace("_count", "", StringComparison.Ordinal)).ToHashSet();
        Assert.Superset(new HashSet<string> { "egress_requests_total", "egress_request_duration_seconds" }, names);

        // The next push contains at least the values of this scrape. An earlier push may lack measurements.
        await Eventually.UntilAsync(
            () => Task.FromResult(names.Except(otlp.Metrics.Keys).ToList()),
            static missing => missing.Count == 0,
            "every metric in a push",
            static missing => $"all but {string.Join(", ", missing)}",
            Token);
    }
}
