using Egress.Backends;
using Egress.Records.Roles;
using Egress.TestKit.Servers;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Records.Roles;

/// <summary>The tests of every checksum store.</summary>
public abstract class ChecksumCacheContract : StoreContract
{
    /// <summary>The kinds of checksums: CRC-32 and SHA-256.</summary>
    public static TheoryData<string> Kinds => ["crc32", "sha256"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_checksum_is_found_by_another_process(string kind)
    {
        await using var store = Fixture.Open();
        await using var other = Fixture.Open();
        Assert.Empty(await other.Checksums(kind).FindAsync(["a", "b"], Token));
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 0, ["b"] = uint.MaxValue }, Token);

        var found = await other.Checksums(kind).FindAsync(["a", "b", "c"], Token);

        Assert.Equal(new Dictionary<string, uint> { ["a"] = 0, ["b"] = uint.MaxValue }, found);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_known_checksum_is_not_replaced(string kind)
    {
        await using var store = Fixture.Open();
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 1 }, Token);
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 2, ["b"] = 3 }, Token);

        Assert.Equal(new Dictionary<string, uint> { ["a"] = 1, ["b"] = 3 }, await store.Checksums(kind).FindAsync(["a", "b"], Token));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Thousands_are_taken_in_batches(string kind)
    {
        await using var store = Fixture.Open();
        var crcs = Enumerable.Range(0, 2_500).ToDictionary(i => $"{i:x40}", i => (uint)i * 1_000_003);
        await store.Checksums(kind).AddAsync(crcs, Token);

        Assert.Equal(crcs, (await store.Checksums(kind).FindAsync([.. crcs.Keys], Token)).ToDictionary());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Many_processes_can_add_their_first_checksums_at_once(string kind)
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var store = Fixture.Open();
            await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["same"] = 1, [$"{i}"] = 2 }, Token);
        }));
        await using var last = Fixture.Open();
        Assert.Equal(9, (await last.Checksums(kind).FindAsync(["same", .. Enumerable.Range(0, 8).Select(i => $"{i}")], Token)).Count);
    }
}

/// <summary>The tests of every checksum store in an SQL database.</summary>
public abstract class SqlChecksumCacheContract : ChecksumCacheContract
{
    protected SqlFixture Sql => (SqlFixture)Fixture;

    /// <summary>Returns a query that counts the indexes on the column <c>added_at</c>.</summary>
    protected abstract string CountIndexesOfAge(string table);

    /// <summary>Returns the name of the table for a kind of checksums.</summary>
    protected static string TableOf(string kind) => $"egress_{(kind == "crc32" ? "crc" : "sha256")}_cache";

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_age_has_an_index(string kind)
    {
        await using var store = Fixture.Open();
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 1 }, Token);
        Assert.Equal(1L, await Sql.QueryAsync(CountIndexesOfAge(TableOf(kind))));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Old_checksums_are_dropped(string kind)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var store = Fixture.Open(time);
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["old"] = 1 }, Token);
        time.Advance(ChecksumCacheLimits.Lifetime + TimeSpan.FromMinutes(1));
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["new"] = 2 }, Token);

        Assert.Equal("new", Assert.Single(await store.Checksums(kind).FindAsync(["old", "new"], Token)).Key);
    }

    /// <summary>Asserts that a user who may only read the records cannot store checksums.</summary>
    protected async Task AssertReaderIsDeniedAsync(string kind, string url)
    {
        await using var reader = Fixture.Open(change: options => options with { Url = url });
        Assert.Empty(await reader.Checksums(kind).FindAsync(["a"], Token));
        var fault = await Assert.ThrowsAsync<BackendException>(
            async () => await reader.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 1 }, Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    /// <summary>Asserts that new checksums are stored even if the user may not delete old ones.</summary>
    protected async Task AssertUserWhoMayNotDeleteKeepsWhatIsAddedAsync(string kind, string url)
    {
        await using var user = Fixture.Open(change: options => options with { Url = url });
        var fault = await Assert.ThrowsAsync<BackendException>(
            async () => await user.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["kept"] = 1 }, Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
        Assert.Single(await user.Checksums(kind).FindAsync(["kept"], Token));
    }

    /// <summary>Asserts that a user who may not create tables can use the table that an administrator created.</summary>
    protected async Task AssertUserOfTheTableMayAddAsync(string kind, string url)
    {
        await using var user = Fixture.Open(change: options => options with { Url = url });
        await user.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 1 }, Token);
        Assert.Single(await user.Checksums(kind).FindAsync(["a"], Token));
    }
}

public sealed class PostgresChecksumCacheTests(PostgresDatabase database) : SqlChecksumCacheContract, IClassFixture<PostgresDatabase>
{
    protected override string CountIndexesOfAge(string table) =>
        $"SELECT COUNT(*) FROM pg_indexes WHERE schemaname = '{((PostgresFixture)Sql).Schema}' AND tablename = '{table}' AND indexdef LIKE '%(added_at)'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await database.CreateSchemaAsync()).WithTableAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not(string kind)
    {
        var name = await ((PostgresFixture)Sql).CreateUserAsync();
        var url = Sql.UrlOf(name);
        await AssertReaderIsDeniedAsync(kind, url);

        await using var owner = Fixture.Open();
        await owner.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["x"] = 1 }, Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT ON {TableOf(kind)} TO {name}");
        await AssertUserWhoMayNotDeleteKeepsWhatIsAddedAsync(kind, url);
        await Sql.ExecuteAsync($"GRANT DELETE ON {TableOf(kind)} TO {name}");
        await AssertUserOfTheTableMayAddAsync(kind, url);
    }
}

public sealed class MariaDbChecksumCacheTests : SqlChecksumCacheContract
{
    protected override string CountIndexesOfAge(string table) =>
        $"SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = '{table}' AND column_name = 'added_at'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await (await MariaDbFixture.CreateAsync()).WithTableAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_account_without_the_right_to_create_tables_is_denied_and_one_with_the_table_is_not(string kind)
    {
        var name = await ((MariaDbFixture)Sql).CreateUserAsync();
        var url = Sql.UrlOf(name);
        await AssertReaderIsDeniedAsync(kind, url);

        await using var owner = Fixture.Open();
        await owner.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["x"] = 1 }, Token);
        await Sql.ExecuteAsync($"GRANT SELECT, INSERT, UPDATE ON {TableOf(kind)} TO {name}");
        await AssertUserWhoMayNotDeleteKeepsWhatIsAddedAsync(kind, url);
        await Sql.ExecuteAsync($"GRANT DELETE ON {TableOf(kind)} TO {name}");
        await AssertUserOfTheTableMayAddAsync(kind, url);
    }
}

public sealed class SqliteChecksumCacheTests : SqlChecksumCacheContract
{
    protected override string CountIndexesOfAge(string table) =>
        $"SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql LIKE '%(added_at)'";

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await new SqliteFixture().WithTableAsync();

    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Writing_to_a_read_only_database_is_denied(string kind) => AssertReaderIsDeniedAsync(kind, Sql.UrlWith("mode=ro"));
}

public sealed class RedisChecksumCacheTests : ChecksumCacheContract
{
    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Checksums_expire(string kind)
    {
        await using var store = Fixture.Open();
        await store.Checksums(kind).AddAsync(new Dictionary<string, uint> { ["a"] = 1 }, Token);
        var left = await ((RedisFixture)Fixture).Database.KeyTimeToLiveAsync($"{Fixture.Options.KeyPrefix}egress-{kind}:a");
        Assert.InRange(Assert.NotNull(left), ChecksumCacheLimits.Lifetime - TimeSpan.FromHours(1), ChecksumCacheLimits.Lifetime);
    }
}
