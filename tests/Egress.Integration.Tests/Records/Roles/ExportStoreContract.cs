using Egress.Records.Exports;
using Egress.Records.Roles;
using Egress.Records.Sql.Exports;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Roles;

/// <summary>The tests of every store of exports and their parts. <see cref="DeliveryStoreContract"/> tests how states are changed.</summary>
public abstract class ExportStoreContract : StoreContract
{
    protected static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_123);

    [Fact]
    public async Task A_store_that_was_never_written_to_has_no_callbacks()
    {
        await using var store = Fixture.Open();
        Assert.Null(await store.Exports.FindAsync("a", Token));
        Assert.Empty(await store.Exports.FindDueAsync(Now, 10, Token));
        Assert.Empty(await store.Exports.FindPartsAsync("a", Token));
        Assert.Equal(0, await store.Exports.CountPartsAsync("a", Token));
        Assert.Null(await store.Exports.FindPartAsync("a", 1, Token));
        await store.Exports.RemovePartsAsync("a", Token);
    }

    [Fact]
    public async Task An_export_changes_by_its_version_and_is_not_a_delivery()
    {
        await using var store = Fixture.Open();
        Assert.True(await store.Exports.TryPutAsync("a", 0, new VersionedState(1, Now, "one"), Token));
        Assert.False(await store.Exports.TryPutAsync("a", 0, new VersionedState(2, Now, "two"), Token));
        Assert.True(await store.Exports.TryPutAsync("a", 1, new VersionedState(2, Now, "two"), Token));
        Assert.Equal("two", (await store.Exports.FindAsync("a", Token))?.State);
        Assert.Equal(["a"], await store.Exports.FindDueAsync(Now, 10, Token));
        Assert.Null(await store.Deliveries.FindAsync("a", Token));
        Assert.Empty(await store.Deliveries.FindDueAsync(Now, 10, Token));
    }

    [Fact]
    public async Task Parts_are_returned_in_order_whichever_process_stored_them()
    {
        await using var store = Fixture.Open();
        await using var other = Fixture.Open();
        var tag = "\"" + new string('f', 198) + "\"";
        await store.Exports.AddPartAsync("a", new StoredPart(10, 5, ""), Token);
        await other.Exports.AddPartAsync("a", new StoredPart(2, 5L << 30, tag), Token);
        await store.Exports.AddPartAsync("b", new StoredPart(1, 1, "x y"), Token);

        Assert.Equal([new(2, 5L << 30, tag), new(10, 5, "")], await store.Exports.FindPartsAsync("a", Token));
        Assert.Equal([new(1, 1, "x y")], await other.Exports.FindPartsAsync("b", Token));
        Assert.Equal(2, await other.Exports.CountPartsAsync("a", Token));
        Assert.Equal(new StoredPart(2, 5L << 30, tag), await store.Exports.FindPartAsync("a", 2, Token));
        Assert.Null(await store.Exports.FindPartAsync("a", 1, Token));
    }

    [Fact]
    public async Task A_part_that_is_stored_again_replaces_the_earlier_one()
    {
        await using var store = Fixture.Open();
        await store.Exports.AddPartAsync("a", new StoredPart(1, 5, "one"), Token);
        await store.Exports.AddPartAsync("a", new StoredPart(1, 6, "two"), Token);
        await store.Exports.AddPartAsync("a", new StoredPart(1, 6, "two"), Token);
        Assert.Equal([new(1, 6, "two")], await store.Exports.FindPartsAsync("a", Token));
    }

    [Fact]
    public async Task Removing_the_parts_of_one_export_leaves_those_of_others()
    {
        await using var store = Fixture.Open();
        await store.Exports.AddPartAsync("a", new StoredPart(1, 5, ""), Token);
        await store.Exports.AddPartAsync("b", new StoredPart(1, 5, ""), Token);
        await store.Exports.RemovePartsAsync("a", Token);
        await store.Exports.RemovePartsAsync("a", Token);
        Assert.Empty(await store.Exports.FindPartsAsync("a", Token));
        Assert.Single(await store.Exports.FindPartsAsync("b", Token));
    }

    [Fact]
    public async Task Many_parts_can_be_stored_at_the_same_time()
    {
        await using var store = Fixture.Open();
        await using var other = Fixture.Open();
        await Task.WhenAll(Enumerable.Range(1, 40).Select(number => Task.Run(
            async () => await (number % 2 == 0 ? store : other).Exports.AddPartAsync("a", new StoredPart(number, 1, ""), Token), Token)));
        Assert.Equal(Enumerable.Range(1, 40), (await store.Exports.FindPartsAsync("a", Token)).Select(static part => part.Number));
    }
}

/// <summary>The tests of every export store in an SQL database.</summary>
public abstract class SqlExportStoreContract : ExportStoreContract
{
    [Fact]
    public async Task Tables_that_were_dropped_are_made_again()
    {
        var next = new VersionedState(1, Now, "x");
        await using var store = Fixture.Open();
        await store.Exports.TryPutAsync("a", 0, next, Token);
        await store.Exports.AddPartAsync("a", new StoredPart(1, 1, ""), Token);
        foreach (var table in (string[])[SqlExportStore.TableName, SqlExportStore.PartsTableName])
        {
            await ((SqlFixture)Fixture).ExecuteAsync($"DROP TABLE {table}");
        }

        Assert.Null(await store.Exports.FindAsync("a", Token));
        Assert.Equal(0, await store.Exports.CountPartsAsync("a", Token));
        Assert.True(await store.Exports.TryPutAsync("a", 0, next, Token));
        await store.Exports.AddPartAsync("a", new StoredPart(2, 1, ""), Token);
        Assert.Equal(1, await store.Exports.CountPartsAsync("a", Token));
    }
}

public sealed class PostgresExportStoreTests(PostgresDatabase database) : SqlExportStoreContract, IClassFixture<PostgresDatabase>
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await database.CreateSchemaAsync()).WithTableAsync();

    [Fact]
    public async Task A_role_with_the_tables_needs_no_right_to_create_them()
    {
        var place = (PostgresFixture)Fixture;
        await using (var owner = Fixture.Open())
        {
            await owner.Exports.TryPutAsync("x", 0, new VersionedState(1, DateTimeOffset.UnixEpoch, "x"), Token);
            await owner.Exports.AddPartAsync("x", new StoredPart(1, 1, ""), Token);
        }

        var name = await place.CreateUserAsync();
        await place.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {SqlExportStore.TableName}, {SqlExportStore.PartsTableName} TO {name}");
        await using var app = Fixture.Open(change: options => options with { Url = place.UrlOf(name) });
        await app.Exports.AddPartAsync("x", new StoredPart(2, 1, ""), Token);
        Assert.Equal(2, await app.Exports.CountPartsAsync("x", Token));
        await app.Exports.RemovePartsAsync("x", Token);
        Assert.True(await app.Exports.TryRemoveAsync("x", 1, Token));
    }
}

public sealed class MariaDbExportStoreTests : SqlExportStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await MariaDbFixture.CreateAsync()).WithTableAsync();
}

public sealed class SqliteExportStoreTests : SqlExportStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await new SqliteFixture().WithTableAsync();
}

public sealed class RedisExportStoreTests : ExportStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());
}
