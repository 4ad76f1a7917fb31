using Egress.TestKit.Downloads;

namespace Egress.Functions.Tests;

/// <summary>Runs the tests of the API of links on the published Functions app in a worker process.</summary>
public sealed class WorkerLinkApiTests : LinkApiContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync();
        return new DownloadHost((await WorkerApp.StartAsync(backends, Settings)).Client, backends);
    }
}
