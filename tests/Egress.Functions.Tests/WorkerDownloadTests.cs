using Egress.TestKit.Downloads;

namespace Egress.Functions.Tests;

/// <summary>The Functions app in the real worker, in memory.</summary>
public sealed class WorkerDownloadTests : DownloadContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var site = await DownloadSite.CreateAsync();
        var (_, client) = await WorkerInMemory.StartAsync(site);
        return new DownloadHost(client, site);
    }
}
