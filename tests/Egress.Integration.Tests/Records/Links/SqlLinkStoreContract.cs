using System.Diagnostics;
using Egress.Backends;
using Egress.Records.Links;
using Egress.Records.Sql.Links;
using Xunit;

namespace Egress.Integration.Tests.Records.Links;

/// <summary>The tests of every link store in an SQL database.</summary>
public abstract class SqlLinkStoreContract : LinkStoreContract
{
    protected SqlFixture Sql => (SqlFixture)Fixture;

    [Fact]
    public async Task A_repetition_key_expires_after_its_window()
    {
        await using var store = Open();
        await store.Links.CreateAsync(Repeatable("a", "key"), Token);
        Time.Advance(ILinkStore.IdempotencyWindow + TimeSpan.FromSeconds(1));
        Assert.Null(await store.Links.FindRepeatedAsync(Digest("key"), Token));
        Assert.Equal("b", (await store.Links.CreateAsync(Repeatable("b", "key"), Token)).Created?.Id);
        Assert.Equal("b", (await store.Links.FindRepeatedAsync(Digest("key"), Token))?.Id);
    }

    [Fact]
    public async Task Records_are_found_after_the_table_of_links_was_dropped()
    {
        await using var store = Open();
        await store.Links.CreateAsync(New("a"), Token);
        Assert.NotNull((await FindRecordAsync(store, "a"))!.Link);
        await Sql.ExecuteAsync($"DROP TABLE {SqlLinkTable.Name}");
        Assert.Null((await FindRecordAsync(store, "a"))!.Link);
    }

    [Fact]
    public async Task A_record_that_does_not_fit_the_table_leaves_no_link()
    {
        await using var store = Open();
        var faulty = new NewLink(new Egress.Records.DownloadRecord { Id = "a", Bucket = "b", Objects = [], Name = new string('x', 4_000) }, "shop") { Summary = "{}" };
        await Sql.ExecuteAsync("ALTER TABLE downloads RENAME COLUMN name TO title");
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.Links.CreateAsync(faulty, Token));
        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains("'name'", fault.Message, StringComparison.Ordinal);
        Assert.Null(await store.Links.FindAsync("a", Token));
    }

    /// <summary>Returns the URL of a user who may read and write the records but not create tables.</summary>
    protected async Task AssertMissingTableIsReportedAsync(string url)
    {
        await using var user = Open(options => options with { Url = url });
        Assert.Null(await user.Links.FindAsync("a", Token));
        Assert.Null(await FindRecordAsync(user, "a"));
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await user.Links.CreateAsync(New("a"), Token));
        Assert.True(fault.IsLinkTableUnusable);
        Assert.Contains("docs/links.md", fault.Message, StringComparison.Ordinal);
        Assert.Null(await FindRecordAsync(user, "a"));
    }

    /// <summary>Asserts that a user who may not create tables can use the table that an administrator created.</summary>
    protected async Task AssertUserOfTheTableMayDoEverythingAsync(string url)
    {
        await using var user = Open(options => options with { Url = url });
        Assert.NotNull((await user.Links.CreateAsync(Repeatable("u", "key"), Token)).Created);
        await user.Links.RevokeAsync("u", "shop", Token);
        await user.Links.AddTransferAsync("u", new LinkTransfer(Time.GetUtcNow(), "range", null, 1, false), Token);
        Assert.True(await user.LinkBudgets.TryPutBudgetAsync("u", 0, "{}", Token));
        Assert.Equal(new StoredBudget(1, "{}"), await user.LinkBudgets.FindBudgetAsync("u", Token));
        Assert.True((await FindRecordAsync(user, "u"))!.Link!.Value.IsRevoked);
        Assert.NotEmpty((await user.Links.ListAsync(Select(1), Token)).Links);
    }
}

public sealed class PostgresLinkStoreTests(PostgresDatabase database) : SqlLinkStoreContract, IClassFixture<PostgresDatabase>
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await database.CreateSchemaAsync()).WithTableAsync();

    [Fact]
    public async Task A_user_without_the_right_to_create_tables_gets_a_clear_fault_and_one_with_the_table_works()
    {
        var name = await ((PostgresFixture)Sql).CreateUserAsync("SELECT, INSERT");
        await AssertMissingTableIsReportedAsync(Sql.UrlOf(name));
        await using var owner = Open();
        await owner.Links.CreateAsync(New("x"), Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON {SqlLinkTable.Name} TO {name}");
        await AssertUserOfTheTableMayDoEverythingAsync(Sql.UrlOf(name));
    }

    [Fact]
    public async Task A_look_up_of_a_record_is_one_statement_with_and_without_links()
    {
        await Fixture.InsertAsync(new RawRecord("own", """["k"]"""));
        await using var store = Open();
        await using var maker = Open();
        await FindRecordAsync(store, "own"); // this call also reads the columns of the table
        Assert.Equal(1, await StatementsAsync(() => FindRecordAsync(store, "own")));
        Assert.Equal(1, await StatementsAsync(() => FindRecordAsync(store, "unknown")));

        await maker.Links.CreateAsync(New("a"), Token);
        Assert.Equal(2, await StatementsAsync(() => FindRecordAsync(store, "own"))); // the table of links exists now
        Assert.Equal(1, await StatementsAsync(() => FindRecordAsync(store, "own")));
        Assert.Equal(1, await StatementsAsync(() => FindRecordAsync(store, "a")));
    }

    /// <summary>Counts the statements that the driver sends while an action runs.</summary>
    private static async Task<int> StatementsAsync(Func<Task> action)
    {
        using var test = new Activity("test").Start();
        var count = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Npgsql",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = statement => count += statement.TraceId == test.TraceId && IsStatement(statement) ? 1 : 0,
        };
        ActivitySource.AddActivityListener(listener);
        await action();
        return count;
    }

    private static bool IsStatement(Activity activity) => activity.GetTagItem("db.query.text") is not null || activity.GetTagItem("db.statement") is not null;

    [Fact]
    public async Task A_UUID_is_one_link_in_every_spelling()
    {
        var id = Guid.NewGuid().ToString();
        await Sql.ExecuteAsync("DROP TABLE downloads; CREATE TABLE downloads (id uuid PRIMARY KEY, bucket text, objects jsonb)");
        await using var store = Open();
        Assert.Equal(id, (await store.Links.CreateAsync(New(id.ToUpperInvariant()), Token)).Created!.Id);
        Assert.Equal(LinkCreation.IdExists, await store.Links.CreateAsync(New(id), Token));
        await store.Links.RevokeAsync(id.ToUpperInvariant(), "shop", Token);
        Assert.True((await FindRecordAsync(store, id))!.Link!.Value.IsRevoked);
        Assert.True((await FindRecordAsync(store, id.ToUpperInvariant()))!.Link!.Value.IsRevoked);
    }
}

public sealed class MariaDbLinkStoreTests : SqlLinkStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync()
    {
        var fixture = await MariaDbFixture.CreateAsync();
        await fixture.ExecuteAsync(
            "CREATE TABLE downloads (id VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY, bucket VARCHAR(200), objects JSON NOT NULL, "
            + "name VARCHAR(200), callback VARCHAR(200), password VARCHAR(200), custom_headers JSON, checksum_file BOOLEAN)");
        return fixture;
    }

    [Fact]
    public async Task A_user_without_the_right_to_create_tables_gets_a_clear_fault_and_one_with_the_table_works()
    {
        var name = await ((MariaDbFixture)Sql).CreateUserAsync("SELECT, INSERT");
        await AssertMissingTableIsReportedAsync(Sql.UrlOf(name));
        await using var owner = Open();
        await owner.Links.CreateAsync(New("x"), Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON {SqlLinkTable.Name} TO {name}");
        await AssertUserOfTheTableMayDoEverythingAsync(Sql.UrlOf(name));
    }
}

public sealed class SqliteLinkStoreTests : SqlLinkStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await new SqliteFixture().WithTableAsync();

    [Fact]
    public Task A_database_file_that_is_opened_read_only_is_reported() => AssertMissingTableIsReportedAsync(Sql.UrlWith("mode=ro"));
}
