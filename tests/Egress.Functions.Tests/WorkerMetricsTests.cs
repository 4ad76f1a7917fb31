using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>The port on which a side-car of the worker scrapes.</summary>
[Collection(nameof(Alone))]
public sealed class WorkerMetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_Prometheus_beside_the_worker_sees_what_it_did()
    {
        await using var site = await DownloadSite.CreateAsync();
        var port = FreePort.Next();
        var (host, client) = await WorkerInMemory.StartAsync(site, ("METRICS_PORT", $"{port}"));
        await using (host)
        {
            await using var prometheus = await PrometheusServer.StartAsync(("worker", $"localhost:{port}"));
            using (await client.GetAsync("/x?signature=00", Token))
            {
                // A scrape may come between the two.
                string[] series = ["egress_signature_failures_total", "egress_requests_total{status=\"401\"}"];
                var shown = await prometheus.UntilAsync(
                    "worker", shown => series.All(one => shown.GetValueOrDefault(one) > 0), string.Join(" and ", series), Token);
                Assert.All(series, one => Assert.Equal(1, shown[one]));
            }
        }
    }
}
