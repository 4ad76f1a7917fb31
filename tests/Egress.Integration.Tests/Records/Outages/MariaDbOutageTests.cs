using Egress.TestKit.Servers;

namespace Egress.Integration.Tests.Records.Outages;

public sealed class MariaDbOutageTests : RecordStoreOutageContract
{
    protected override async Task<RecordStoreFixture> PrepareAsync() => await (await MariaDbFixture.CreateAsync()).WithRecordAsync();

    protected override async Task<LocalServer> StartServerAsync() => await MariaDbServer.StartAsync();

    protected override async Task<RecordStoreFixture> PrepareAsync(LocalServer server)
    {
        var fixture = new MariaDbFixture(await ((MariaDbServer)server).CreateDatabaseAsync(Token));
        // The test server flushes its log only once a second by default, so a kill would lose data that was stored just before.
        await fixture.ExecuteAsync("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
        return await fixture.WithRecordAsync();
    }
}
