using Egress.TestKit;
using Egress.TestKit.Downloads;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Runs the tests of downloads on the plain server, over a real socket.</summary>
public sealed class ServerDownloadTests : DownloadContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync(RequestTimeout);
        var server = await EgressServer.StartAsync([.. backends.Settings.Select(s => (s.Key, (string?)s.Value))]);
        return new DownloadHost(server.Client, backends);
    }
}
