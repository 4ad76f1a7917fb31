using System.Net;
using System.Net.Http.Headers;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests of behavior that only the app in a worker process has.</summary>
public sealed class WorkerTests : IAsyncDisposable
{
    private readonly LocalBackends _backends = new();
    private WorkerHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await (_host?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _backends.DisposeAsync();
    }

    [Fact]
    public async Task The_metrics_page_does_not_exist_without_credentials()
    {
        var client = await StartAsync();
        using var response = await client.GetAsync("/metrics", Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_probe_runs_and_sets_the_metric()
    {
        await _backends.AddAsync(null, null, new ObjectItem("any.txt"));
        var client = await StartAsync(("METRICS_USERNAME", "p"), ("METRICS_PASSWORD", "q"));
        client.DefaultRequestHeaders.Add("Authorization", "Basic cDpx");
        Assert.DoesNotContain("egress_health_status{", await client.GetStringAsync("/metrics", Token), StringComparison.Ordinal);

        var result = await _host!.TickAsync("HealthProbe");

        Assert.True(result.Succeeded, result.Error);
        var metrics = await client.GetStringAsync("/metrics", Token);
        Assert.All(
            new[] { "database", "storage", "zip" },
            component => Assert.Contains($"egress_health_status{{component=\"{component}\"}} 1", metrics, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Prometheus_beside_the_worker_sees_what_it_did()
    {
        var port = FreePort.Next();
        var client = await StartAsync(("METRICS_PORT", $"{port}"));
        await using var prometheus = await PrometheusServer.StartAsync(("worker", $"localhost:{port}"));
        using (await client.GetAsync("/x?signature=00", Token))
        {
            // A scrape may happen between the two measurements.
            string[] series = ["egress_signature_failures_total", "egress_requests_total{status=\"401\"}"];
            var shown = await prometheus.UntilAsync(
                "worker", shown => series.All(one => shown.GetValueOrDefault(one) > 0), string.Join(" and ", series), Token);
            Assert.All(series, one => Assert.Equal(1, shown[one]));
        }
    }

    [Fact]
    public async Task The_client_is_the_one_that_the_host_names_and_not_one_that_the_client_names()
    {
        var client = await StartAsync(("RATE_LIMIT_PER_IP", "0.01"), ("RATE_LIMIT_BURST", "1"));
        var link = _backends.Link("none");
        HttpStatusCode[] answers =
        [
            await AskAsync(client, link, "192.0.2.1:50123"),
            await AskAsync(client, link, "192.0.2.1:50124"),
            await AskAsync(client, link, "6.6.6.6, 192.0.2.1:50125"),
            await AskAsync(client, link, "192.0.2.2:50126"),
        ];
        Assert.Equal([false, true, true, false], answers.Select(answer => answer == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_slice_counts_as_what_it_costs()
    {
        const string address = "192.0.2.1:50123";
        await _backends.PutAsync("big.jpg", new byte[300_000]);
        var link = _backends.Link(await _backends.AddAsync(null, null, new ObjectItem("big.jpg")));
        var client = await StartAsync(("RATE_LIMIT_PER_IP", "0.001"), ("RATE_LIMIT_BURST", "3"));
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(HttpStatusCode.PartialContent, await AskAsync(client, link, address, new(i * 18_000, (i * 18_000) + 17_999)));
        }

        // The first slice was planned with the archive: one download. The others are less than another one, so one is left.
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, link, address));
        Assert.Equal(HttpStatusCode.TooManyRequests, await AskAsync(client, link, address));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(client, link, "192.0.2.2:50123"));
    }

    [Fact]
    public async Task A_new_instance_warms_up_even_without_a_database()
    {
        await StartAsync(("DB_URL", "sqlite:///nowhere/egress.db"));
        var result = await _host!.WarmUpAsync();
        Assert.True(result.Succeeded, result.Error);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string link, string forwardedFor, RangeHeaderValue? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "X-Forwarded-For", forwardedFor } } };
        request.Headers.Range = range;
        using var response = await client.SendAsync(request, Token);
        return response.StatusCode;
    }

    private async Task<HttpClient> StartAsync(params (string Name, string Value)[] settings)
    {
        _host = await WorkerApp.StartAsync(_backends, settings);
        return _host.Client;
    }
}
