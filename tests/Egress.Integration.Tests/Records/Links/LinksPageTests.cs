using System.Text.RegularExpressions;
using Egress.Records;
using Egress.Records.Links;
using Egress.Records.Sql.Links;
using Egress.Records.Sql.Sqlite;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Links;

/// <summary>
/// Tests that the statements for the table of links in docs/links.md are valid, and that the users that they create have the rights that the API
/// needs.
/// </summary>
public sealed partial class LinksPageTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private static readonly Lazy<string> Page = new(() => Read("docs/links.md"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_table_on_the_page_is_that_of_the_code_and_of_a_deployment()
    {
        var created = Normal(SqliteDialect.Dialect.CreateTable(SqlLinkTable.Name, SqlLinkTable.Columns(SqliteDialect.Dialect), "created_at"));
        Assert.Equal(created, Normal(Block("postgres: links")));
        Assert.Contains(created, Normal(Read("infra/setup/records.sql")), StringComparison.Ordinal);
        await using var sqlite = new SqliteFixture();
        await sqlite.CreateTableAsync();
        await sqlite.ExecuteAsync(Block("postgres: links"));
        await AssertWorksAsync(sqlite, sqlite.Options.Url);
    }

    [Fact]
    public async Task The_user_of_PostgreSQL_may_do_what_the_API_needs()
    {
        await using var place = await database.CreateSchemaAsync();
        await place.CreateTableAsync();
        await place.ExecuteAsync(Block("postgres: links"));
        var user = $"u_{Guid.NewGuid():n}"[..30];
        await place.ExecuteAsync($"CREATE ROLE {user} LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA {place.Schema} TO {user}");
        await place.ExecuteAsync(Block("postgres: links user").Replace("egress_reader", user, StringComparison.Ordinal));
        await AssertWorksAsync(place, place.UrlOf(user));
    }

    [Fact]
    public async Task The_user_of_Redis_may_do_what_the_API_needs()
    {
        await using var place = await RedisFixture.CreateAsync(await RedisServer.GetAsync());
        var user = $"u_{Guid.NewGuid():n}";
        var words = Block("redis: links user").Replace("egress_api", user, StringComparison.Ordinal)
            .Replace("downloads:", place.Options.KeyPrefix, StringComparison.Ordinal).Split(' ');
        await place.Database.ExecuteAsync(words[0], [.. words[1..]]);
        await AssertWorksAsync(place, $"redis://{user}:change-me@{place.Options.Url.Split('@')[1]}");
        await place.Database.ExecuteAsync("ACL", "DELUSER", user);
    }

    private static async Task AssertWorksAsync(RecordStoreFixture place, string url)
    {
        await using var store = place.Open(change: options => options with { Url = url });
        await place.InsertAsync(new RawRecord("own", """["k"]"""));
        foreach (var id in new[] { "a", "own" })
        {
            var link = new NewLink(new DownloadRecord { Id = id, Bucket = "b", Objects = [new ObjectItem("k")] }, "shop")
            {
                Summary = "{}",
                IdempotencyKey = LinkCursor.KeyOf(id),
                BodyDigest = "",
            };
            Assert.Equal(id == "a", (await store.Links.CreateAsync(link, Token)).Created is not null);
        }

        await store.Links.AddTransferAsync("a", new LinkTransfer(TimeProvider.System.GetUtcNow(), "completed", null, 1, true), Token);
        for (var version = 0; version < 2; version++)
        {
            Assert.True(await store.LinkBudgets.TryPutBudgetAsync("a", version, "{}", Token));
            Assert.Equal(new StoredBudget(version + 1, "{}"), await store.LinkBudgets.FindBudgetAsync("a", Token));
        }

        await store.Links.RevokeAsync("a", "shop", Token);
        await store.Links.RevokeAsync("own", "shop", Token);
        Assert.Equal(1, (await store.Links.FindAsync("a", Token))!.DownloadsUsed);
        Assert.Equal(2, (await store.Links.ListAsync(new LinkSelection(5) { Now = TimeProvider.System.GetUtcNow() }, Token)).Links.Count);
        Assert.True((await store.FindAsync("own", Token))!.Link!.Value.IsRevoked);
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)).ReplaceLineEndings("\n");

    private static string Block(string name) =>
        Regex.Match(Page.Value, $"<!-- {name} -->\n```(?:sql)?\n(.*?)\n```", RegexOptions.Singleline) is { Success: true } match
            ? match.Groups[1].Value
            : throw new InvalidOperationException($"docs/links.md has no block '{name}'.");

    private static string Normal(string sql) =>
        Blanks().Replace(sql.Replace("IF NOT EXISTS ", "", StringComparison.Ordinal), " ").Replace("( ", "(", StringComparison.Ordinal).Replace(" )", ")", StringComparison.Ordinal).Trim().TrimEnd(';');

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
