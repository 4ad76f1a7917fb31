using System.Net;
using System.Net.Sockets;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Outages;

public sealed class RedisOutageTests : RecordStoreOutageContract
{
    protected override string MissingDatabase => "99";

    [Fact]
    public async Task One_working_server_of_several_is_enough()
    {
        await using var place = await PrepareAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var (port, closed) = (((IPEndPoint)silent.LocalEndpoint).Port, FreePort.Next());
        foreach (var first in new[] { port, closed })
        {
            await using var store = place.Open(change: options => options with
            {
                Url = options.Url.Replace("@127.0.0.1:", $"@127.0.0.1:{first},127.0.0.1:", StringComparison.Ordinal),
                QueryTimeout = TimeSpan.FromSeconds(4),
            });
            Assert.NotNull(await store.FindAsync("a", Token));
        }
    }

    protected override async Task<RecordStoreFixture> PrepareAsync() => await PrepareAsync(await RedisServer.GetAsync());

    protected override async Task<LocalServer> StartServerAsync() => await RedisServer.StartAsync();

    protected override async Task<RecordStoreFixture> PrepareAsync(LocalServer server)
    {
        var fixture = await RedisFixture.CreateAsync((RedisServer)server);
        await fixture.InsertAsync(new RawRecord("a", "[]"));
        return fixture;
    }
}
