using AzureFunctions.TestFramework.Timer;
using Egress.TestKit.Downloads;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>The timer's function in the real worker.</summary>
[Collection(nameof(Alone))]
public sealed class HealthProbeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_probe_runs_and_sets_the_metric()
    {
        await using var site = await DownloadSite.CreateAsync();
        var (host, client) = await WorkerInMemory.StartAsync(site, ("METRICS_USERNAME", "p"), ("METRICS_PASSWORD", "q"));
        await using (host)
        {
            client.DefaultRequestHeaders.Add("Authorization", "Basic cDpx");
            Assert.DoesNotContain("egress_health_status{", await client.GetStringAsync("/metrics", Token), StringComparison.Ordinal);

            var result = await host.InvokeTimerAsync("HealthProbe", cancellationToken: Token);

            Assert.True(result.Success, result.Error);
            var metrics = await client.GetStringAsync("/metrics", Token);
            Assert.All(
                new[] { "database", "storage", "zip" },
                component => Assert.Contains($"egress_health_status{{component=\"{component}\"}} 1", metrics, StringComparison.Ordinal));
        }
    }
}
