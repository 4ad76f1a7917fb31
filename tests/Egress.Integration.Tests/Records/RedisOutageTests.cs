using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Records;

public sealed class RedisOutageTests : RecordStoreOutageContract
{
    /// <summary>One to see that the server is there, one for the driver.</summary>
    protected override int ConnectionsOfOneAttempt => 2;

    protected override async Task<RecordStoreFixture> PrepareAsync() => await PrepareAsync(await RedisServer.GetAsync());

    protected override async Task<LocalServer> StartServerAsync() => await RedisServer.StartAsync();

    protected override async Task<RecordStoreFixture> PrepareAsync(LocalServer server)
    {
        var fixture = await RedisFixture.CreateAsync((RedisServer)server);
        await fixture.InsertAsync(new RawRecord("a", "[]"));
        return fixture;
    }
}
