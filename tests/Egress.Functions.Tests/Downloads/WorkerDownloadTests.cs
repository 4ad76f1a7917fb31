using Egress.TestKit.Downloads;

namespace Egress.Functions.Tests.Downloads;

/// <summary>Runs the tests of downloads on the published Functions app in a worker process, over a real socket.</summary>
public sealed class WorkerDownloadTests : DownloadContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync(RequestTimeout);
        return new DownloadHost((await WorkerApp.StartAsync(backends)).Client, backends);
    }
}
