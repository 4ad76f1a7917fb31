using Egress.Backends;
using Egress.Records;
using Egress.TestKit.Servers;
using MySqlConnector;
using Xunit;

namespace Egress.Integration.Tests.Records;

public sealed class MariaDbRecordStoreTests : ServerSqlRecordStoreContract
{
    private const string Uuid = "019ad1fc-a742-709e-81e2-59eff89576a5";

    protected override async Task<SqlFixture> CreateSqlFixtureAsync() => await MariaDbFixture.CreateAsync();

    protected override string KillSessions => """
        BEGIN NOT ATOMIC
            FOR session IN (SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()) DO
                KILL session.id;
            END FOR;
        END
        """;

    protected override string CountRunningLookUps =>
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND command = 'Query' AND id <> CONNECTION_ID()";

    protected override string LockTable => "LOCK TABLES downloads WRITE";

    [Theory]
    [InlineData("JSON")]
    [InlineData("TEXT")]
    [InlineData("VARCHAR(200)")]
    [InlineData("CHAR(200)")]
    [InlineData("LONGBLOB")]
    public async Task Objects_and_headers_may_be_of_any_type_that_holds_json(string type)
    {
        await ReplaceTableAsync($"id VARCHAR(200) PRIMARY KEY, bucket CHAR(36), objects {type}, custom_headers {type}");
        await Fixture.InsertAsync(new RawRecord("typed", """["ü"]""") { Bucket = Uuid, CustomHeaders = """{"A": "b"}""" });

        var record = await Store.FindAsync("typed", Token);

        Assert.Equal([new ObjectItem("ü")], record!.Objects);
        Assert.Equal("b", record.CustomHeaders["A"]);
        Assert.Equal(Uuid, record.Bucket);
    }

    [Theory]
    [InlineData("VARCHAR(200)", "abc", "ABC")]
    [InlineData("VARCHAR(200) CHARACTER SET latin1", "abc", "日本😀")]
    [InlineData("VARCHAR(200) CHARACTER SET latin1", "äbc", "abc")]
    [InlineData("VARCHAR(200) CHARACTER SET ascii", "abc", "äbc")]
    [InlineData("VARCHAR(200) COLLATE utf8mb4_bin", "abc", "abc ")]
    [InlineData("VARBINARY(200)", "äbc", "ÄBC")]
    [InlineData("CHAR(36)", Uuid, "019AD1FC-A742-709E-81E2-59EFF89576A5")]
    [InlineData("CHAR(20)", "abc", "abc ")]
    [InlineData("TINYINT(1)", "1", "01")]
    [InlineData("SMALLINT", "123", "99999")]
    [InlineData("INT", "123", "123|1764460487")]
    [InlineData("BIGINT", "-123", "- 123")]
    [InlineData("BIGINT UNSIGNED", "18446744073709551615", "-1")]
    [InlineData("UUID", Uuid, "019ad1fca742709e81e259eff89576a5")]
    public async Task Ids_may_be_of_any_type_that_holds_ids(string type, string id, string other)
    {
        await ReplaceTableAsync($"id {type} PRIMARY KEY, bucket VARCHAR(200), objects JSON");
        await Fixture.InsertAsync(new RawRecord(id, "[]"));

        Assert.Equal(id, (await Store.FindAsync(id, Token))?.Id);
        Assert.Null(await Store.FindAsync(other, Token));
        Assert.Null(await Store.FindAsync("nothing", Token));
        await Store.CheckAsync(Token);
        Assert.False(await Store.TryAddAsync(new DownloadRecord { Id = id, Bucket = "", Objects = [] }, Token));
    }

    [Fact]
    public async Task A_uuid_is_found_without_regard_to_case_and_printed_as_stored()
    {
        await ReplaceTableAsync("id UUID PRIMARY KEY, bucket VARCHAR(200), objects JSON");
        await Fixture.InsertAsync(new RawRecord(Uuid, "[]"));

        Assert.Equal(Uuid, (await Store.FindAsync(Uuid.ToUpperInvariant(), Token))?.Id);
    }

    [Fact]
    public async Task A_uuid_may_be_sixteen_bytes()
    {
        await ReplaceTableAsync("id BINARY(16) PRIMARY KEY, bucket VARCHAR(200), objects JSON");
        await Fixture.ExecuteAsync("INSERT INTO downloads VALUES (x'019ad1fca742709e81e259eff89576a5', 'b', '[]')");

        Assert.Equal(Uuid, (await Store.FindAsync(Uuid.ToUpperInvariant(), Token))?.Id);
        Assert.Null(await Store.FindAsync("019ad1fca742709e81e259eff89576a5", Token));
        Assert.True(await Store.TryAddAsync(new DownloadRecord { Id = "00000000-0000-0000-0000-00000000000a", Bucket = "", Objects = [] }, Token));
        Assert.NotNull(await Store.FindAsync("00000000-0000-0000-0000-00000000000a", Token));
    }

    [Fact]
    public async Task The_right_row_is_found_among_those_that_the_database_treats_as_equal()
    {
        await ReplaceTableAsync("id VARCHAR(200), bucket VARCHAR(200), objects JSON, KEY (id)");
        foreach (var id in (string[])["ABC", "abc ", "abc", "äbc"])
        {
            await Fixture.InsertAsync(new RawRecord(id, "[]") { Bucket = $"of {id}" });
        }

        Assert.Equal("of abc", (await Store.FindAsync("abc", Token))?.Bucket);
        Assert.Equal("of abc ", (await Store.FindAsync("abc ", Token))?.Bucket);
        Assert.Null(await Store.FindAsync("Abc", Token));
    }

    [Theory]
    [InlineData("DECIMAL(20)")]
    [InlineData("BINARY(8)")]
    [InlineData("DATETIME")]
    public async Task An_id_column_of_another_type_is_named(string type)
    {
        await ReplaceTableAsync($"id {type}, bucket VARCHAR(200), objects JSON");

        var fault = await AssertMalformedAsync(async () => await Store.CheckAsync(Token));

        Assert.Contains("must hold text, UUIDs or integers", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_rights_is_denied()
    {
        var user = await UserAsync("");
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlOf(user) });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    [Fact]
    public async Task A_user_who_may_only_read_can_find_and_not_add()
    {
        var user = await UserAsync("");
        await Fixture.ExecuteAsync($"GRANT SELECT ON downloads TO {user}");
        await Fixture.InsertAsync(new RawRecord("a", "[]"));
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlOf(user) });

        Assert.NotNull(await store.FindAsync("a", Token));
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.TryAddAsync(NewRecord("b"), Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    [Fact]
    public async Task Too_many_connections_are_reported_as_throttling()
    {
        var user = await UserAsync("WITH MAX_USER_CONNECTIONS 1");
        await Fixture.ExecuteAsync($"GRANT SELECT ON downloads TO {user}");
        await using var taken = new MySqlConnection(MariaDbServer.ConnectionString(Fixture.UrlOf(user)));
        await taken.OpenAsync(Token);
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlOf(user) });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.Throttled, fault.Fault);
    }

    private async Task<string> UserAsync(string limits)
    {
        var name = $"u_{Guid.NewGuid():n}"[..30];
        await Fixture.ExecuteAsync($"CREATE USER {name} IDENTIFIED BY 'p' {limits}");
        return name;
    }
}
