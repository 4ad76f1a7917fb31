using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;
using Egress.TestKit.Servers;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>Runs the tests of the callback API on the published Functions app in a worker process, with its queue triggers.</summary>
public sealed class WorkerCallbackApiTests : CallbackApiContract
{
    private static readonly Lazy<Task<(DownloadHost Host, QueueTriggers Triggers)>> Host = new(StartAsync);

    protected override async Task<DownloadHost> HostAsync() => (await Host.Value).Host;

    private static async Task<(DownloadHost Host, QueueTriggers Triggers)> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync();
        var storage = await AzuriteServer.StartAsync();
        var worker = await WorkerApp.StartAsync(backends, [("AzureWebJobsStorage", storage.ConnectionString), .. Settings]);
        return (new DownloadHost(worker.Client, backends), QueueTriggers.Start(worker));
    }
}
