using Egress.TestKit;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>The port on which a side-car of the worker scrapes.</summary>
public sealed class WorkerMetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_side_car_sees_what_the_worker_did()
    {
        await using var site = new DownloadSite();
        var port = FreePort.Next();
        var (host, client) = await WorkerInMemory.StartAsync(site, ("METRICS_PORT", $"{port}"));
        await using (host)
        {
            using (await client.GetAsync("/x?signature=00", Token))
            using (var sideCar = new HttpClient())
            {
                var shown = await sideCar.GetStringAsync($"http://localhost:{port}/metrics", Token);
                Assert.Contains("egress_signature_failures_total 1", shown, StringComparison.Ordinal);
            }
        }
    }
}
