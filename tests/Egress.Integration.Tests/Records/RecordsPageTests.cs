using System.Text.RegularExpressions;
using Egress.Backends;
using Egress.Records;
using Egress.Records.Redis;
using Egress.Records.Roles;
using Egress.Records.Sql.MySql;
using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>Tests that every statement in docs/records.md is valid on a real database, and that the options on the page are those of the code.</summary>
public sealed partial class RecordsPageTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private const string ExampleId = "019ad1fc-a742-709e-81e2-59eff89576a5";

    private static readonly Lazy<string> Page = new(() => File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "records.md")));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("postgres")]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task The_smallest_table_holds_records(string kind)
    {
        await using var place = await PrepareAsync(kind);
        await place.ExecuteAsync(Block($"{kind}: minimal"));
        await using var store = place.Open();

        await store.CheckAsync(Token);
        Assert.True(await store.TryAddAsync(new DownloadRecord { Id = ExampleId, Bucket = "b", Objects = [new ObjectItem("a")] }, Token));
        Assert.Equal([new ObjectItem("a")], (await store.FindAsync(ExampleId, Token))!.Objects);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task The_full_table_holds_the_example_and_all_that_a_record_can_have(string kind)
    {
        await using var place = await PrepareAsync(kind);
        await place.ExecuteAsync(Block($"{kind}: full"));
        await place.ExecuteAsync(Block($"{kind}: record"));
        await using var store = place.Open();

        AssertExample(await store.FindAsync(ExampleId, Token));
        var full = new DownloadRecord
        {
            Id = "00000000-0000-0000-0000-000000000001",
            Bucket = "b",
            Objects = [new PrefixItem("p/")],
            Name = "n",
            Callback = "https://example.com/",
            Password = "p",
            CustomHeaders = new Dictionary<string, string> { ["A"] = "b" },
            ChecksumFile = true,
        };
        Assert.True(await store.TryAddAsync(full, Token));
        Assert.Equivalent(full, await store.FindAsync(full.Id, Token), strict: true);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mysql")]
    public async Task The_user_may_do_what_Egress_needs(string kind)
    {
        await using var place = await PrepareAsync(kind);
        await place.ExecuteAsync(Block($"{kind}: full"));
        var user = $"u_{Guid.NewGuid():n}"[..30];
        foreach (var statement in Block($"{kind}: user").Replace("egress_reader", user, StringComparison.Ordinal).Replace("change-me", "p", StringComparison.Ordinal).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await place.ExecuteAsync(statement);
        }

        if (place is PostgresFixture postgres)
        {
            await place.ExecuteAsync($"GRANT USAGE ON SCHEMA {postgres.Schema} TO {user}");
        }

        await using var store = place.Open(change: options => options with { Url = place.UrlOf(user) });

        await store.CheckAsync(Token);
        Assert.True(await store.TryAddAsync(new DownloadRecord { Id = ExampleId, Bucket = "b", Objects = [] }, Token));
        Assert.NotNull(await store.FindAsync(ExampleId, Token));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mysql")]
    public async Task The_user_may_keep_manifests_in_the_table_that_the_page_creates(string kind)
    {
        await using var place = await PrepareAsync(kind);
        await place.ExecuteAsync(Block($"{kind}: full"));
        var user = $"u_{Guid.NewGuid():n}"[..30];
        var statements = (Block($"{kind}: user") + Block($"{kind}: manifests"))
            .Replace("egress_reader", user, StringComparison.Ordinal).Replace("change-me", "p", StringComparison.Ordinal);
        foreach (var statement in statements.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await place.ExecuteAsync(statement);
        }

        if (place is PostgresFixture postgres)
        {
            await place.ExecuteAsync($"GRANT USAGE ON SCHEMA {postgres.Schema} TO {user}");
        }

        await using var store = place.Open(change: options => options with { Url = place.UrlOf(user) });
        await AssertKeepsManifestsAsync(store.Manifests);
    }

    [Fact]
    public async Task The_view_makes_records_of_other_tables()
    {
        await using var place = await database.CreateSchemaAsync();
        await place.ExecuteAsync(Block("postgres: view"));
        await place.ExecuteAsync("INSERT INTO orders VALUES (7, 'acme', ARRAY['a.pdf', 'b.pdf'])");
        await using var store = place.Open(change: options => options with { TableName = "order_downloads" });

        var record = await store.FindAsync("7", Token);

        Assert.Equal(("7", "acme", "Order 7"), (record!.Id, record.Bucket, record.Name));
        Assert.Equal([new ObjectItem("a.pdf"), new ObjectItem("b.pdf")], record.Objects);
    }

    [Fact]
    public async Task The_table_that_is_created_for_SQLite_is_the_full_one()
    {
        await using var created = new SqliteFixture();
        await using var pasted = new SqliteFixture();
        await using (var store = created.Open())
        {
            await store.TryAddAsync(new DownloadRecord { Id = "a", Bucket = "", Objects = [] }, Token);
        }

        await pasted.ExecuteAsync(Block("sqlite: full"));

        const string Columns = "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' || pk || ' ' || coalesce(dflt_value, ''), ', ') "
            + "FROM pragma_table_info('downloads')";
        Assert.Equal(await pasted.QueryAsync(Columns), await created.QueryAsync(Columns));
        Assert.Equal("wal", await pasted.QueryAsync("PRAGMA journal_mode"));
        Assert.Equal("wal", await created.QueryAsync("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task The_examples_for_Redis_are_records()
    {
        await using var place = await RedisFixture.CreateAsync(await RedisServer.GetAsync());
        await RunAsync(place, Block("redis: minimal"));
        await RunAsync(place, Block("redis: record"));
        await using var store = place.Open();

        Assert.Equal([new ObjectItem("2024/05/1001.pdf")], (await store.FindAsync("1001", Token))!.Objects);
        AssertExample(await store.FindAsync(ExampleId, Token));
    }

    [Fact]
    public async Task The_user_of_Redis_may_do_what_Egress_needs()
    {
        await using var place = await RedisFixture.CreateAsync(await RedisServer.GetAsync());
        var user = $"u_{Guid.NewGuid():n}";
        await RunAsync(place, Block("redis: user").Replace("egress_reader", user, StringComparison.Ordinal));
        var url = $"redis://{user}:change-me@{place.Options.Url.Split('@')[1]}";
        await using var store = place.Open(change: options => options with { Url = url });
        await using var other = place.Open(change: options => options with { Url = url, KeyPrefix = "else:" });

        await store.CheckAsync(Token);
        Assert.True(await store.TryAddAsync(new DownloadRecord { Id = "a", Bucket = "b", Objects = [] }, Token));
        Assert.NotNull(await store.FindAsync("a", Token));
        await AssertKeepsManifestsAsync(store.Manifests);
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await other.FindAsync("a", Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
        await place.Database.ExecuteAsync("ACL", "DELUSER", user);
    }

    [Fact]
    public async Task A_user_of_Redis_who_may_not_measure_values_reads_records_as_before()
    {
        await using var place = await RedisFixture.CreateAsync(await RedisServer.GetAsync());
        var user = $"u_{Guid.NewGuid():n}";
        await place.Database.ExecuteAsync("ACL", "SETUSER", user, "on", ">p", "~*", "+get", "+echo", "+ping", "+select");
        await place.InsertAsync(new RawRecord("a", "[]"));
        await using var store = place.Open(change: options => options with { Url = $"redis://{user}:p@{options.Url.Split('@')[1]}" });
        await using var strict = place.Open(change: options => options with { Url = $"redis://{user}:p@{options.Url.Split('@')[1]}", MaxRecordSize = 5 });

        Assert.NotNull(await store.FindAsync("a", Token));
        Assert.NotNull(await store.FindAsync("a", Token));
        Assert.Null(await store.FindAsync("b", Token));
        Assert.Equal(BackendFault.Malformed, (await Assert.ThrowsAsync<BackendException>(async () => await strict.FindAsync("a", Token))).Fault);
        await place.Database.ExecuteAsync("ACL", "DELUSER", user);
    }

    [Fact]
    public void The_options_on_the_page_are_those_of_the_code()
    {
        AssertOptions("PostgreSQL", PostgresUrl.Options.Supported.Keys, PostgresUrl.Options.WithoutEffect);
        AssertOptions("MySQL and MariaDB", MySqlUrl.Options.Supported.Keys, MySqlUrl.Options.WithoutEffect);
        AssertOptions("Redis", RedisUrl.Options.Supported.Keys, RedisUrl.Options.WithoutEffect);
        AssertOptions("SQLite", SqliteUrl.Options.Supported.Keys, SqliteUrl.Options.WithoutEffect);
    }

    private static async Task AssertKeepsManifestsAsync(IManifestStore manifests)
    {
        await manifests.WriteAsync("v", [[1]], TimeSpan.FromHours(1), Token);
        await manifests.WriteAsync("v", [[2]], TimeSpan.FromHours(1), Token);
        await manifests.RenewAsync("v", 1, TimeSpan.FromHours(1), Token);
        Assert.Equal([2], Assert.Single(await manifests.ReadAsync("v", 0, 1, Token)));
        await manifests.RemoveAsync("v", 1, Token);
        Assert.Empty(await manifests.ReadAsync("v", 0, 1, Token));
    }

    private static void AssertExample(DownloadRecord? record)
    {
        Assert.NotNull(record);
        Assert.Equal((ExampleId, "invoices", "Invoices 2024"), (record.Id, record.Bucket, record.Name));
        Assert.Equal("https://app.example.com/hooks/download", record.Callback);
        Assert.Equal("private, max-age=300", record.CustomHeaders["Cache-Control"]);
        Assert.Equal(
            [new ObjectItem("2024/05/1001.pdf"), new ObjectItem("2024/05/1002.pdf") { Name = "May/1002.pdf", Size = 81920 }, new PrefixItem("2024/06/")],
            record.Objects);
    }

    private static void AssertOptions(string backend, IEnumerable<string> supported, IEnumerable<string> withoutEffect)
    {
        var start = Page.Value.IndexOf($"### Options for {backend}\n", StringComparison.Ordinal);
        var section = Page.Value[start..Page.Value.IndexOf("\n#", start + 1, StringComparison.Ordinal)];
        var rows = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')[1]);
        var list = section.Split("ithout effect: ") is [_, var rest, ..] ? rest.Split(".\n")[0] : "";

        Assert.Equal(supported.Order(StringComparer.Ordinal), Names(string.Join(' ', rows)));
        Assert.Equal(withoutEffect.Order(StringComparer.Ordinal), Names(list));
    }

    private static IOrderedEnumerable<string> Names(string text) =>
        Name().Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);

    /// <summary>Returns the code block of the page that follows a comment.</summary>
    private static string Block(string comment)
    {
        var after = Page.Value.Split($"<!-- {comment} -->\n");
        Assert.Equal(2, after.Length);
        return after[1].Split("```")[1].Split('\n', 2)[1];
    }

    /// <summary>Runs a line of the page as redis-cli would, with the key prefix of the test.</summary>
    private static async Task RunAsync(RedisFixture place, string line)
    {
        var words = Word().Matches(line.Trim().Replace("downloads:", place.Options.KeyPrefix, StringComparison.Ordinal))
            .Select(match => match.Value.Trim('\'')).ToArray();
        await place.Database.ExecuteAsync(words[0], words[1..]);
    }

    private async Task<SqlFixture> PrepareAsync(string kind) => kind switch
    {
        "postgres" => await database.CreateSchemaAsync(),
        "mysql" => await MariaDbFixture.CreateAsync(),
        _ => new SqliteFixture(),
    };

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("'[^']*'|[^ ]+")]
    private static partial Regex Word();
}
