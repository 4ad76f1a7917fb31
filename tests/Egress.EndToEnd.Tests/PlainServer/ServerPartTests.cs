using Egress.TestKit;
using Egress.TestKit.Downloads;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Runs the tests of selections and single files on the plain server, over a real socket.</summary>
public sealed class ServerPartTests : PartContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync();
        var server = await EgressServer.StartAsync([.. backends.Settings.Select(s => (s.Key, (string?)s.Value))]);
        return new DownloadHost(server.Client, backends);
    }
}
