using System.Diagnostics;
using System.Text.Json;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests of the telemetry that the worker itself sends to Application Insights.</summary>
public sealed class ApplicationInsightsTests
{
    private const int Limit = 120_000;

    [Fact(Timeout = Limit)]
    public async Task Log_lines_keep_category_and_event_id_and_join_the_trace_of_the_request()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        await using var receiver = await TelemetryReceiver.StartAsync();
        await using var backends = await LocalBackends.CreateAsync();
        await using var host = await WorkerApp.StartAsync(backends, receiver.Settings);
        using var request = new HttpRequestMessage(HttpMethod.Get, backends.Link("no such record"))
        {
            Headers = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-01" } },
        };
        using (await host.Client.SendAsync(request, cancellation))
        {
            var line = await receiver.FindAsync(
                static item => Kind(item) == "MessageData" && Message(item).Contains("RecordNotFound", StringComparison.Ordinal), "the log line", cancellation);
            var properties = line.GetProperty("data").GetProperty("baseData").GetProperty("properties");
            Assert.StartsWith("Egress.", properties.GetProperty("CategoryName").GetString(), StringComparison.Ordinal);
            Assert.Contains("no such record", properties.EnumerateObject().Select(static property => property.Value.GetString()));
            Assert.True(int.Parse(properties.GetProperty("EventId").GetString()!, provider: null) > 0);
            Assert.Equal(trace, line.GetProperty("tags").GetProperty("ai.operation.id").GetString());
        }

        var span = await receiver.FindAsync(static item => Kind(item) is "RequestData" or "RemoteDependencyData", "a span", cancellation);
        Assert.Equal(trace, span.GetProperty("tags").GetProperty("ai.operation.id").GetString());
    }

    private static string? Kind(JsonElement item) => item.GetProperty("data").GetProperty("baseType").GetString();

    private static string Message(JsonElement item) => item.GetProperty("data").GetProperty("baseData").GetProperty("message").GetString()!;
}
