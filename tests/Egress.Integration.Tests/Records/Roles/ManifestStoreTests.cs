using Egress.Backends;
using Egress.Records.Sql.Roles;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Roles;

public sealed class PostgresManifestStoreTests(PostgresDatabase database) : SqlManifestStoreContract, IClassFixture<PostgresDatabase>
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await database.CreateSchemaAsync()).WithTableAsync();

    [Fact]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not()
    {
        var name = await ((PostgresFixture)Sql).CreateUserAsync();
        await AssertReaderIsDeniedAsync(Sql.UrlOf(name));

        await using var owner = Fixture.Open();
        await owner.Manifests.WriteAsync("x", [[1]], Hour, Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {SqlManifestStore.TableName} TO {name}");
        await AssertUserOfTheTableMayDoEverythingAsync(Sql.UrlOf(name));
    }
}

public sealed class MariaDbManifestStoreTests : SqlManifestStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await MariaDbFixture.CreateAsync()).WithTableAsync();

    [Fact]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not()
    {
        var name = await ((MariaDbFixture)Sql).CreateUserAsync();
        await AssertReaderIsDeniedAsync(Sql.UrlOf(name));

        await using var owner = Fixture.Open();
        await owner.Manifests.WriteAsync("x", [[1]], Hour, Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {SqlManifestStore.TableName} TO {name}");
        await AssertUserOfTheTableMayDoEverythingAsync(Sql.UrlOf(name));
    }

    [Fact]
    public async Task A_packet_of_a_megabyte_is_enough()
    {
        await using var server = await MariaDbServer.StartAsync();
        await using var fixture = new MariaDbFixture(await server.CreateDatabaseAsync(Token));
        await fixture.CreateTableAsync();
        await fixture.ExecuteAsync("SET GLOBAL max_allowed_packet = 1048576");

        // Bytes that must be escaped in a statement, which doubles their length.
        byte[][] parts = [.. Enumerable.Range(0, 20).Select(static _ => new byte[Part])];
        await using var store = fixture.Open();
        await store.Manifests.WriteAsync("v", parts, Hour, Token);
        Assert.Equal(parts, await store.Manifests.ReadAsync("v", 0, parts.Length, Token));

        // The server refuses larger packets, and may close the connection while the client is still sending.
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => fixture.ExecuteAsync($"SELECT '{new string('x', 1 << 20)}'"));
        Assert.True(refused is MySqlConnector.MySqlException or System.Net.Sockets.SocketException or IOException, refused.ToString());
    }
}

public sealed class SqliteManifestStoreTests : SqlManifestStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await new SqliteFixture().WithTableAsync();

    [Fact]
    public Task A_file_that_is_opened_for_reading_only_is_denied() => AssertReaderIsDeniedAsync(Sql.UrlWith("mode=ro"));
}

public sealed class RedisManifestStoreTests : ManifestStoreContract
{
    private RedisFixture Redis => (RedisFixture)Fixture;

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());

    protected override Task RemovePartAsync(string id, int part) => Redis.Database.KeyDeleteAsync(KeyOf(id, part));

    [Fact]
    public async Task Renewed_manifests_expire_later()
    {
        await using var store = Fixture.Open();
        await store.Manifests.WriteAsync("v", Parts(3 * Part), Hour, Token);
        for (var part = 0; part < 3; part++)
        {
            Assert.InRange(Assert.NotNull(await Redis.Database.KeyTimeToLiveAsync(KeyOf("v", part))), Hour / 2, Hour);
        }

        await store.Manifests.RenewAsync("v", 3, 10 * Hour, Token);
        for (var part = 0; part < 3; part++)
        {
            Assert.InRange(Assert.NotNull(await Redis.Database.KeyTimeToLiveAsync(KeyOf("v", part))), 9 * Hour, 10 * Hour);
        }
    }

    [Fact]
    public async Task A_user_without_the_right_to_write_is_denied()
    {
        var user = $"u_{Guid.NewGuid():n}";
        await Redis.Database.ExecuteAsync("ACL", "SETUSER", user, "on", ">p", $"~{Fixture.Options.KeyPrefix}*", "+get", "+echo", "+ping", "+select");
        await using var reader = Fixture.Open(change: options => options with { Url = $"redis://{user}:p@{Fixture.Options.Url.Split('@')[^1]}" });
        Assert.Empty(await reader.Manifests.ReadAsync("v", 0, 1, Token));
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await reader.Manifests.WriteAsync("v", [[1]], Hour, Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
        await Redis.Database.ExecuteAsync("ACL", "DELUSER", user);
    }

    private string KeyOf(string id, int part) => $"{Fixture.Options.KeyPrefix}egress-manifest:{id}:{part}";
}
