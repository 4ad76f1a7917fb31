using Egress.Backends;
using Egress.Records;
using Egress.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Egress.Integration.Tests.Records;

public sealed class PostgresRecordStoreTests(PostgresDatabase database) : ServerSqlRecordStoreContract, IClassFixture<PostgresDatabase>
{
    private const string Uuid = "019ad1fc-a742-709e-81e2-59eff89576a5";

    private new PostgresFixture Fixture => (PostgresFixture)base.Fixture;

    protected override async Task<SqlFixture> CreateSqlFixtureAsync() => await database.CreateSchemaAsync();

    protected override string KillSessions =>
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

    protected override string CountRunningLookUps =>
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";

    protected override string LockTable => "BEGIN; LOCK TABLE downloads";

    [Theory]
    [InlineData("JSON")]
    [InlineData("JSONB")]
    [InlineData("TEXT")]
    [InlineData("VARCHAR(200)")]
    [InlineData("CHAR(200)")]
    [InlineData("BYTEA")]
    public async Task Objects_and_headers_may_be_of_any_type_that_holds_json(string type)
    {
        await ReplaceTableAsync($"id TEXT PRIMARY KEY, bucket CHAR(20), objects {type}, custom_headers {type}");
        await Fixture.InsertAsync(new RawRecord("typed", """["ü"]""") { CustomHeaders = """{"A": "b"}""" });

        var record = await Store.FindAsync("typed", Token);

        Assert.Equal([new ObjectItem("ü")], record!.Objects);
        Assert.Equal("b", record.CustomHeaders["A"]);
        Assert.Equal("bucket", record.Bucket);
    }

    [Theory]
    [InlineData("TEXT", "abc", "ABC")]
    [InlineData("CITEXT", "abc", "ABC")]
    [InlineData("CHAR(10)", "abc", "abc ")]
    [InlineData("VARCHAR(10)", "abc", "abc ")]
    [InlineData("NAME", "abc", "abc ")]
    [InlineData("short_text", "abc", "ABC")]
    [InlineData("SMALLINT", "123", "32768")]
    [InlineData("INTEGER", "123", "123|1764460487")]
    [InlineData("BIGINT", "123", " 123")]
    [InlineData("positive", "123", "0123")]
    [InlineData("very_positive", "123", "+123")]
    [InlineData("UUID", Uuid, "{019ad1fc-a742-709e-81e2-59eff89576a5}")]
    public async Task Ids_may_be_of_any_type_that_holds_ids(string type, string id, string other)
    {
        await Fixture.ExecuteAsync("""
            CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
            CREATE DOMAIN short_text AS VARCHAR(20);
            CREATE DOMAIN positive AS BIGINT CHECK (VALUE > 0);
            CREATE DOMAIN very_positive AS positive CHECK (VALUE > 100)
            """);
        await ReplaceTableAsync($"id {type} PRIMARY KEY, bucket TEXT, objects JSONB");
        await Fixture.InsertAsync(new RawRecord(id, "[]"));

        Assert.Equal(id, (await Store.FindAsync(id, Token))?.Id);
        Assert.Null(await Store.FindAsync(other, Token));
        Assert.Null(await Store.FindAsync("nothing", Token));
        await Store.CheckAsync(Token);
        Assert.False(await Store.TryAddAsync(new DownloadRecord { Id = id, Bucket = "", Objects = [] }, Token));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("bucket")]
    [InlineData("name")]
    public async Task A_type_that_is_created_while_running_is_read(string column)
    {
        // This test has a database of its own, because an extension applies to the whole database.
        var fixture = await PostgresFixture.CreateAsync(await (await PostgresServer.GetAsync()).CreateDatabaseAsync(Token));
        await fixture.CreateTableAsync();
        await fixture.InsertAsync(new RawRecord("typed", "[]") { Bucket = "b", Name = "n" });
        await using var store = fixture.Open();
        Assert.NotNull(await store.FindAsync("typed", Token));

        await fixture.ExecuteAsync("CREATE EXTENSION citext");
        await fixture.ExecuteAsync($"ALTER TABLE downloads ALTER COLUMN {column} TYPE citext");

        var record = await store.FindAsync("typed", Token);
        Assert.Equal(("typed", "b", "n"), (record?.Id, record?.Bucket, record?.Name));
    }

    [Fact]
    public async Task A_uuid_is_found_without_regard_to_case_and_printed_as_stored()
    {
        await ReplaceTableAsync("id UUID PRIMARY KEY, bucket TEXT, objects JSONB");
        await Fixture.InsertAsync(new RawRecord(Uuid, "[]"));

        Assert.Equal(Uuid, (await Store.FindAsync(Uuid.ToUpperInvariant(), Token))?.Id);
    }

    [Theory]
    [InlineData("NUMERIC(20)")]
    [InlineData("BYTEA")]
    [InlineData("TEXT[]")]
    public async Task An_id_column_of_another_type_is_named(string type)
    {
        await ReplaceTableAsync($"id {type}, bucket TEXT, objects JSONB");

        var fault = await AssertMalformedAsync(async () => await Store.CheckAsync(Token));

        Assert.Contains("must hold text, UUIDs or integers", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_of_a_type_that_holds_no_text_is_named()
    {
        await ReplaceTableAsync("id TEXT, bucket TEXT, objects TEXT[]");
        await Fixture.ExecuteAsync("INSERT INTO downloads VALUES ('a', 'b', '{c}')");

        var fault = await AssertMalformedAsync(async () => await Store.FindAsync("a", Token));

        Assert.Contains("objects has the type text[]; it must be text or JSON", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Downloads", "downloads", "Id", "id")]
    [InlineData("Downloads", "\"Downloads\"", "Id", "\"Id\"")]
    [InlineData("zip-orders", "\"zip-orders\"", "order-no", "\"order-no\"")]
    [InlineData("app.Orders", "app.orders", "ID", "id")]
    [InlineData("App.Orders", "\"App\".\"Orders\"", "id", "id")]
    public async Task Names_are_found_as_written_or_folded(string tableName, string table, string idField, string id)
    {
        await Fixture.ExecuteAsync("DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA IF EXISTS \"App\" CASCADE; CREATE SCHEMA app; CREATE SCHEMA \"App\"; DROP TABLE downloads");
        await Fixture.ExecuteAsync($"CREATE TABLE {table} ({id} TEXT PRIMARY KEY, bucket TEXT, objects JSONB)");
        await Fixture.ExecuteAsync($"INSERT INTO {table} VALUES ('a', 'b', '[]')");
        await using var store = Fixture.Open(change: options => options with { TableName = tableName, IdField = idField });

        Assert.NotNull(await store.FindAsync("a", Token));
        Assert.True(await store.TryAddAsync(new DownloadRecord { Id = "c", Bucket = "", Objects = [] }, Token));
        await store.CheckAsync(Token);
    }

    [Fact]
    public async Task The_exact_name_comes_before_the_folded_one()
    {
        await Fixture.ExecuteAsync("CREATE TABLE \"Downloads\" (id TEXT, bucket TEXT, objects JSONB)");
        await Fixture.InsertAsync("\"Downloads\"", new RawRecord("a", "[]"));
        await using var store = Fixture.Open(change: options => options with { TableName = "Downloads" });

        Assert.NotNull(await store.FindAsync("a", Token));
    }

    [Fact]
    public async Task A_table_of_another_schema_is_found_by_the_search_path_of_the_url()
    {
        await using var other = await database.CreateSchemaAsync();
        await other.WithRecordAsync();

        await using var store = other.Open();
        Assert.NotNull(await store.FindAsync("a", Token));
        Assert.Null(await Store.FindAsync("a", Token));
    }

    [Fact]
    public async Task A_view_is_read_like_a_table()
    {
        await Fixture.ExecuteAsync("""
            CREATE TABLE orders (no BIGINT PRIMARY KEY, tenant TEXT, files JSONB);
            INSERT INTO orders VALUES (7, 'acme', '["a"]');
            CREATE VIEW zip AS SELECT no AS id, tenant AS bucket, files AS objects, 'order ' || no AS name FROM orders
            """);
        await using var store = Fixture.Open(change: options => options with { TableName = "zip" });

        Assert.Equal("order 7", (await store.FindAsync("7", Token))?.Name);
    }

    [Fact]
    public async Task An_id_that_the_encoding_of_the_database_lacks_finds_no_record()
    {
        var name = $"latin1_{Guid.NewGuid():n}";
        await Fixture.ExecuteAsync($"CREATE DATABASE {name} ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        await using var latin1 = await PostgresFixture.CreateAsync($"{Fixture.Options.Url[..Fixture.Options.Url.LastIndexOf('/')]}/{name}");
        await latin1.CreateTableAsync();
        await latin1.InsertAsync(new RawRecord("ü", "[]"));
        await using var store = latin1.Open();

        Assert.NotNull(await store.FindAsync("ü", Token));
        Assert.Null(await store.FindAsync("日本", Token));
    }

    [Fact]
    public async Task A_user_without_rights_is_denied()
    {
        var user = await UserAsync("LOGIN");
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlOf(user) });

        foreach (var act in (Func<Task>[])[async () => await store.FindAsync("a", Token), async () => await store.CheckAsync(Token)])
        {
            var fault = await Assert.ThrowsAsync<BackendException>(act);
            Assert.Equal(BackendFault.Denied, fault.Fault);
        }
    }

    [Fact]
    public async Task A_user_who_may_only_read_can_find_and_not_add()
    {
        var user = await UserAsync("LOGIN");
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
        var user = await UserAsync("LOGIN CONNECTION LIMIT 1");
        await using var taken = new NpgsqlConnection(PostgresServer.ConnectionString(Fixture.UrlOf(user)));
        await taken.OpenAsync(Token);
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlOf(user) });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.Throttled, fault.Fault);
    }

    [Fact]
    public async Task A_time_limit_of_the_server_is_a_timeout()
    {
        await using var store = Fixture.Open(change: options => options with { Url = Fixture.UrlWith("statement_timeout=50ms") });
        await using var locker = await Fixture.ConnectAsync();
        await using var command = locker.CreateCommand();
        command.CommandText = LockTable;
        await command.ExecuteNonQueryAsync(Token);

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.TimedOut, fault.Fault);
    }

    private async Task<string> UserAsync(string attributes)
    {
        var name = $"u_{Guid.NewGuid():n}";
        await Fixture.ExecuteAsync($"CREATE ROLE {name} {attributes} PASSWORD 'p'; GRANT USAGE ON SCHEMA {Fixture.Schema} TO {name}");
        return name;
    }
}
