using System.Text.RegularExpressions;
using Egress.Integration.Tests.Records;
using Egress.Records;
using Egress.Records.Exports;
using Egress.Records.Links;
using Egress.Records.Roles;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Deployment;

/// <summary>Tests that the tables and grants of infra/setup are sufficient for an app that may not create tables.</summary>
public sealed partial class SetupTablesTests(PostgresDatabase database) : IClassFixture<PostgresDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_role_of_the_app_may_use_every_role_of_the_store()
    {
        await using var place = await database.CreateSchemaAsync();
        var role = $"app_{Guid.NewGuid():n}";
        await place.ExecuteAsync(Read("infra/setup/records.sql"));
        await place.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA {place.Schema} TO {role}");
        await place.ExecuteAsync(Read("infra/setup/grants.sql").Replace(":role", $"\"{role}\"", StringComparison.Ordinal));
        await using var store = place.Open(change: options => options with { Url = place.UrlOf(role) });

        var record = new DownloadRecord { Id = "a", Bucket = "b", Objects = [new ObjectItem("k")] };
        Assert.NotNull((await store.Links.CreateAsync(new NewLink(record, "shop") { Summary = "{}", MaxDownloads = 1 }, Token)).Created);
        Assert.True(await store.LinkBudgets.TryPutBudgetAsync("a", 0, "{}", Token));
        await store.Links.AddTransferAsync("a", new LinkTransfer(TimeProvider.System.GetUtcNow(), "completed", null, 1, true), Token);
        await store.Links.RevokeAsync("a", "shop", Token);
        Assert.True((await store.FindAsync("a", Token))!.Link!.Value.IsRevoked);
        foreach (var kind in (string[])["crc32", "sha256"])
        {
            await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["k"] = 5 }, Token);
            Assert.Equal(5u, (await store.Checksums(kind).FindAsync(["k"], Token))["k"]);
        }

        var delivery = new VersionedState(1, DateTimeOffset.UnixEpoch, "{}");
        Assert.True(await store.Deliveries.TryPutAsync("a", 0, delivery, Token));
        Assert.True(await store.Deliveries.TryPutAsync("a", 1, delivery with { Version = 2 }, Token));
        Assert.Equal(["a"], await store.Deliveries.FindDueAsync(DateTimeOffset.UnixEpoch, 5, Token));
        Assert.True(await store.Deliveries.TryRemoveAsync("a", 2, Token));
        Assert.True(await store.Exports.TryPutAsync("a", 0, delivery, Token));
        await store.Exports.AddPartAsync("a", new StoredPart(1, 1, ""), Token);
        await store.Exports.RemovePartsAsync("a", Token);
        Assert.True(await store.Exports.TryRemoveAsync("a", 1, Token));
        await store.Manifests.WriteAsync("a", [[1]], TimeSpan.FromHours(1), Token);
        await store.Manifests.RenewAsync("a", 1, TimeSpan.FromHours(2), Token);
        Assert.Equal([[1]], await store.Manifests.ReadAsync("a", 0, 1, Token));
        await store.Manifests.RemoveAsync("a", 1, Token);
    }

    [Fact]
    public void Every_table_of_Egress_is_made_and_granted()
    {
        var names = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src/Egress.Core/Records/Sql"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => TableConstant().Matches(File.ReadAllText(file)))
            .Select(static match => match.Groups[1].Value)
            .ToList();
        Assert.Contains("egress_deliveries", names);
        Assert.All(names, static name => Assert.Contains($"CREATE TABLE IF NOT EXISTS {name} (", Read("infra/setup/records.sql"), StringComparison.Ordinal));
        Assert.All(names, static name => Assert.Contains($" ON {name} TO :role;", Read("infra/setup/grants.sql"), StringComparison.Ordinal));
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path));

    [GeneratedRegex("const string \\w+ = \"(egress_[a-z0-9_]+)\"")]
    private static partial Regex TableConstant();
}
