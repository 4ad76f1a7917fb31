using Egress.TestKit;
using Egress.TestKit.Downloads;

namespace Egress.EndToEnd.Tests.Callbacks;

/// <summary>Runs the tests of the callback API on the plain server.</summary>
public sealed class ServerCallbackApiTests : CallbackApiContract
{
    private static readonly Lazy<Task<DownloadHost>> Host = new(StartAsync);

    protected override Task<DownloadHost> HostAsync() => Host.Value;

    private static async Task<DownloadHost> StartAsync()
    {
        var backends = await LocalBackends.CreateAsync();
        var server = await EgressServer.StartAsync(
            [.. backends.Settings.Select(s => (s.Key, (string?)s.Value)), .. Settings.Select(s => (s.Name, (string?)s.Value))]);
        return new DownloadHost(server.Client, backends);
    }
}
