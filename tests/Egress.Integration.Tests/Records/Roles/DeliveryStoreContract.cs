using Egress.Backends;
using Egress.Records.Roles;
using Egress.Records.Sql.Roles;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Roles;

/// <summary>The tests of every delivery store.</summary>
public abstract class DeliveryStoreContract : StoreContract
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_764_000_000_123);

    [Fact]
    public async Task A_store_that_was_never_written_to_has_no_callbacks()
    {
        await using var store = Fixture.Open();
        Assert.Null(await store.Deliveries.FindAsync("a", Token));
        Assert.Empty(await store.Deliveries.FindDueAsync(Now, 10, Token));
        Assert.False(await store.Deliveries.TryRemoveAsync("a", 1, Token));
    }

    [Fact]
    public async Task A_state_that_one_process_stores_is_found_unchanged_by_another()
    {
        await using var store = Fixture.Open();
        await using var other = Fixture.Open();
        var put = new VersionedState(long.MaxValue - 1, Now, "{\"a\":\"" + new string('x', 200_000) + "é'\\\"日😀 \"}");
        Assert.True(await store.Deliveries.TryPutAsync("a", 0, put, Token));
        Assert.Equal(put, await other.Deliveries.FindAsync("a", Token));
    }

    /// <summary>A table of cases: the stored version, the expected version, and whether the write succeeds.</summary>
    [Theory]
    [InlineData(null, 0L, true)]
    [InlineData(null, 5L, false)]
    [InlineData(5L, 0L, false)]
    [InlineData(5L, 4L, false)]
    [InlineData(5L, 6L, false)]
    [InlineData(5L, 5L, true)]
    public async Task Only_the_expected_version_is_replaced(long? present, long expected, bool isPut)
    {
        await using var store = Fixture.Open();
        var before = present is { } version ? new VersionedState(version, Now, "before") : null;
        if (before is not null)
        {
            Assert.True(await store.Deliveries.TryPutAsync("a", 0, before, Token));
        }
        else
        {
            Assert.True(await store.Deliveries.TryPutAsync("another", 0, new VersionedState(expected + 1, Now, "another"), Token));
        }

        var next = new VersionedState(7, Now.AddDays(1), "next");
        Assert.Equal(isPut, await store.Deliveries.TryPutAsync("a", expected, next, Token));
        Assert.Equal(isPut ? next : before, await store.Deliveries.FindAsync("a", Token));
    }

    [Fact]
    public async Task Only_the_expected_version_is_removed()
    {
        await using var store = Fixture.Open();
        await store.Deliveries.TryPutAsync("a", 0, new VersionedState(5, Now, "a"), Token);
        Assert.False(await store.Deliveries.TryRemoveAsync("a", 4, Token));
        Assert.Equal(["a"], await store.Deliveries.FindDueAsync(Now, 10, Token));
        Assert.True(await store.Deliveries.TryRemoveAsync("a", 5, Token));
        Assert.Null(await store.Deliveries.FindAsync("a", Token));
        Assert.Empty(await store.Deliveries.FindDueAsync(Now, 10, Token));
        Assert.False(await store.Deliveries.TryRemoveAsync("a", 5, Token));
    }

    [Fact]
    public async Task Due_states_are_returned_in_order_up_to_the_requested_number()
    {
        await using var store = Fixture.Open();
        foreach (var (key, minutes) in new[] { ("later", 1), ("now", 0), ("long", -90), ("recent", -2) })
        {
            await store.Deliveries.TryPutAsync(key, 0, new VersionedState(1, Now.AddMinutes(minutes), "x"), Token);
        }

        Assert.Equal(["long", "recent", "now"], await store.Deliveries.FindDueAsync(Now, 10, Token));
        Assert.Equal(["long", "recent"], await store.Deliveries.FindDueAsync(Now, 2, Token));
        await store.Deliveries.TryPutAsync("long", 1, new VersionedState(2, Now.AddMilliseconds(1), "x"), Token);
        Assert.Equal(["recent", "now"], await store.Deliveries.FindDueAsync(Now, 10, Token));
    }

    [Fact]
    public async Task Of_many_that_change_one_version_at_once_one_succeeds()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => Fixture.Open()).ToList();
        try
        {
            for (var version = 0; version < 5; version++)
            {
                var put = await Task.WhenAll(stores.Select((store, i) => Task.Run(
                    async () => await store.Deliveries.TryPutAsync("a", version, new VersionedState(version + 1, Now, $"{i}"), Token), Token)));
                var winner = Assert.Single(Enumerable.Range(0, stores.Count), i => put[i]);
                Assert.Equal($"{winner}", (await stores[0].Deliveries.FindAsync("a", Token))?.State);
            }
        }
        finally
        {
            foreach (var store in stores)
            {
                await store.DisposeAsync();
            }
        }
    }
}

/// <summary>The tests of every delivery store in an SQL database.</summary>
public abstract class SqlDeliveryStoreContract : DeliveryStoreContract
{
    protected SqlFixture Sql => (SqlFixture)Fixture;

    /// <summary>A query that counts the indexes on the column <c>due_at</c>.</summary>
    protected abstract string CountIndexesOfDue { get; }

    [Fact]
    public async Task The_due_time_has_an_index()
    {
        await using var store = Fixture.Open();
        await store.Deliveries.TryPutAsync("a", 0, new VersionedState(1, DateTimeOffset.UnixEpoch, "x"), Token);
        Assert.Equal(1L, await Sql.QueryAsync(CountIndexesOfDue));
    }

    /// <summary>Asserts that a user who may only read the records cannot store deliveries.</summary>
    protected async Task AssertReaderIsDeniedAsync(string url)
    {
        await using var reader = Fixture.Open(change: options => options with { Url = url });
        Assert.Null(await reader.Deliveries.FindAsync("a", Token));
        var fault = await Assert.ThrowsAsync<BackendException>(
            async () => await reader.Deliveries.TryPutAsync("a", 0, new VersionedState(1, DateTimeOffset.UnixEpoch, "x"), Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    /// <summary>Asserts that a user who may not create tables can use the table that an administrator created.</summary>
    protected async Task AssertUserOfTheTableMayWriteAsync(string url)
    {
        await using var user = Fixture.Open(change: options => options with { Url = url });
        Assert.True(await user.Deliveries.TryPutAsync("a", 0, new VersionedState(1, DateTimeOffset.UnixEpoch, "x"), Token));
        Assert.True(await user.Deliveries.TryPutAsync("a", 1, new VersionedState(2, DateTimeOffset.UnixEpoch, "x"), Token));
        Assert.Single(await user.Deliveries.FindDueAsync(DateTimeOffset.UnixEpoch, 10, Token));
        Assert.True(await user.Deliveries.TryRemoveAsync("a", 2, Token));
    }

    protected async Task CreateTableOfDeliveriesAsync()
    {
        await using var owner = Fixture.Open();
        await owner.Deliveries.TryPutAsync("x", 0, new VersionedState(1, DateTimeOffset.UnixEpoch.AddYears(100), "x"), Token);
    }
}

public sealed class PostgresDeliveryStoreTests(PostgresDatabase database) : SqlDeliveryStoreContract, IClassFixture<PostgresDatabase>
{
    protected override string CountIndexesOfDue =>
        $"SELECT COUNT(*) FROM pg_indexes WHERE schemaname = '{((PostgresFixture)Sql).Schema}' AND tablename = '{SqlDeliveryStore.TableName}' AND indexdef LIKE '%(due_at)'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await database.CreateSchemaAsync()).WithTableAsync();

    [Fact]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not()
    {
        var name = await ((PostgresFixture)Sql).CreateUserAsync();
        var url = Sql.UrlOf(name);
        await AssertReaderIsDeniedAsync(url);
        await CreateTableOfDeliveriesAsync();
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {SqlDeliveryStore.TableName} TO {name}");
        await AssertUserOfTheTableMayWriteAsync(url);
    }
}

public sealed class MariaDbDeliveryStoreTests : SqlDeliveryStoreContract
{
    protected override string CountIndexesOfDue =>
        $"SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '{SqlDeliveryStore.TableName}' AND column_name = 'due_at'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await MariaDbFixture.CreateAsync()).WithTableAsync();

    [Fact]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not()
    {
        var name = await ((MariaDbFixture)Sql).CreateUserAsync();
        var url = Sql.UrlOf(name);
        await AssertReaderIsDeniedAsync(url);
        await CreateTableOfDeliveriesAsync();
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE, DELETE ON {SqlDeliveryStore.TableName} TO {name}");
        await AssertUserOfTheTableMayWriteAsync(url);
    }
}

public sealed class SqliteDeliveryStoreTests : SqlDeliveryStoreContract
{
    protected override string CountIndexesOfDue =>
        $"SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = '{SqlDeliveryStore.TableName}' AND sql LIKE '%(due_at)'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await new SqliteFixture().WithTableAsync();

    [Fact]
    public Task Writing_to_a_read_only_database_is_denied() => AssertReaderIsDeniedAsync(Sql.UrlWith("mode=ro"));
}

public sealed class RedisDeliveryStoreTests : DeliveryStoreContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());

    [Fact]
    public async Task Manifests_expire_even_if_nothing_removes_them()
    {
        await using var store = Fixture.Open();
        await store.Deliveries.TryPutAsync("a", 0, new VersionedState(1, DateTimeOffset.UnixEpoch, "x"), Token);
        var left = await ((RedisFixture)Fixture).Database.KeyTimeToLiveAsync($"{Fixture.Options.KeyPrefix}{{egress-deliveries}}:a");
        Assert.InRange(Assert.NotNull(left), TimeSpan.FromDays(89), TimeSpan.FromDays(90));
    }
}
