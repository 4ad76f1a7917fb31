using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Outages;

public sealed class PostgresOutageTests(PostgresDatabase database) : RecordStoreOutageContract, IClassFixture<PostgresDatabase>
{
    protected override async Task<RecordStoreFixture> PrepareAsync() => await (await database.CreateSchemaAsync()).WithRecordAsync();

    protected override async Task<LocalServer> StartServerAsync() => await PostgresServer.StartAsync();

    protected override async Task<RecordStoreFixture> PrepareAsync(LocalServer server) =>
        await (await PostgresFixture.CreateAsync(await ((PostgresServer)server).CreateDatabaseAsync(Token))).WithRecordAsync();
}
