using Egress.Backends;
using Egress.Records.Roles;
using Egress.Records.Sql.Roles;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Records.Roles;

/// <summary>The tests of every manifest store. <c>StoredManifestsTests</c> tests how processes use it.</summary>
public abstract class ManifestStoreContract : StoreContract
{
    protected const int Part = ManifestStoreLimits.PartLength;

    protected static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1)]
    [InlineData(Part - 1)]
    [InlineData(Part)]
    [InlineData(Part + 1)]
    [InlineData(3_000_000)]
    [InlineData(20_000_000)]
    public async Task Values_of_any_size_are_read_by_another_process(int size)
    {
        await using var store = Fixture.Open();
        await using var other = Fixture.Open();
        Assert.Empty(await other.Manifests.ReadAsync("v", 0, 1, Token));
        var parts = Parts(size);
        await store.Manifests.WriteAsync("v", parts, Hour, Token);

        Assert.Equal(parts, await other.Manifests.ReadAsync("v", 0, parts.Length, Token));
        Assert.Equal(parts, await other.Manifests.ReadAsync("v", 0, parts.Length + 1, Token));
        Assert.Equal(parts[^1], Assert.Single(await other.Manifests.ReadAsync("v", parts.Length - 1, 1, Token)));
        Assert.Empty(await other.Manifests.ReadAsync("v", parts.Length, 1, Token));
        Assert.Empty(await other.Manifests.ReadAsync("other", 0, parts.Length, Token));
    }

    [Fact]
    public async Task A_value_that_is_written_again_is_replaced()
    {
        await using var store = Fixture.Open();
        await store.Manifests.WriteAsync("v", [[1, 2, 3], [4]], Hour, Token);
        await store.Manifests.WriteAsync("v", [[5]], Hour, Token);
        Assert.Equal([[5], [4]], await store.Manifests.ReadAsync("v", 0, 2, Token));
    }

    [Fact]
    public async Task A_value_whose_writer_died_between_two_parts_is_read_up_to_the_gap()
    {
        await using var store = Fixture.Open();
        var parts = Parts(10 * Part);
        await store.Manifests.WriteAsync("v", parts[..7], Hour, Token);
        await using var other = Fixture.Open();
        Assert.Equal(7, (await other.Manifests.ReadAsync("v", 0, 10, Token)).Count);
        await RemovePartAsync("v", 3);
        Assert.Equal(3, (await other.Manifests.ReadAsync("v", 0, 10, Token)).Count);
        await other.Manifests.WriteAsync("v", parts, Hour, Token);
        Assert.Equal(parts, await store.Manifests.ReadAsync("v", 0, 10, Token));
    }

    [Fact]
    public async Task A_value_that_was_removed_is_gone_and_others_stay()
    {
        await using var store = Fixture.Open();
        await store.Manifests.WriteAsync("v", Parts(100 * Part), Hour, Token);
        await store.Manifests.WriteAsync("w", [[1]], Hour, Token);
        await store.Manifests.RemoveAsync("v", 100, Token);
        await store.Manifests.RemoveAsync("nothing", 3, Token);
        Assert.Empty(await store.Manifests.ReadAsync("v", 0, 100, Token));
        Assert.Single(await store.Manifests.ReadAsync("w", 0, 1, Token));
    }

    [Fact]
    public async Task Many_processes_may_begin_at_once_and_write_the_same()
    {
        var parts = Parts(30 * Part);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await using var store = Fixture.Open();
            await store.Manifests.WriteAsync("same", parts, Hour, Token);
            await store.Manifests.WriteAsync($"{i}", [[(byte)i]], Hour, Token);
        }));
        await using var last = Fixture.Open();
        Assert.Equal(parts, await last.Manifests.ReadAsync("same", 0, parts.Length, Token));
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal([(byte)i], Assert.Single(await last.Manifests.ReadAsync($"{i}", 0, 1, Token)));
        }
    }

    [Fact]
    public async Task Reading_renewing_and_removing_work_before_the_first_value()
    {
        await using var store = Fixture.Open();
        await store.Manifests.RenewAsync("v", 1, Hour, Token);
        await store.Manifests.RemoveAsync("v", 1, Token);
        Assert.Empty(await store.Manifests.ReadAsync("v", 0, 1, Token));
    }

    /// <summary>Removes one part of a manifest, as an operator could.</summary>
    protected abstract Task RemovePartAsync(string id, int part);

    protected static byte[][] Parts(int size)
    {
        var value = new byte[size];
        new Random(size).NextBytes(value);
        return [.. value.Chunk(Part)];
    }
}

/// <summary>The tests of every manifest store in an SQL database.</summary>
public abstract class SqlManifestStoreContract : ManifestStoreContract
{
    protected SqlFixture Sql => (SqlFixture)Fixture;

    protected override Task RemovePartAsync(string id, int part) =>
        Sql.ExecuteAsync($"DELETE FROM {SqlManifestStore.TableName} WHERE id = '{id}' AND part = {part}");

    [Fact]
    public async Task Values_expire_unless_they_are_renewed()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var store = Fixture.Open(time);
        await store.Manifests.WriteAsync("renewed", Parts(3 * Part), Hour, Token);
        await store.Manifests.WriteAsync("forgotten", Parts(3 * Part), Hour, Token);
        time.Advance(TimeSpan.FromMinutes(40));
        await store.Manifests.RenewAsync("renewed", 3, Hour, Token);
        time.Advance(TimeSpan.FromMinutes(40));
        Assert.Empty(await store.Manifests.ReadAsync("forgotten", 0, 3, Token));
        Assert.Equal(3, (await store.Manifests.ReadAsync("renewed", 0, 3, Token)).Count);
        Assert.Equal(6L, await CountAsync());

        await store.Manifests.WriteAsync("next", [[1]], Hour, Token);
        Assert.Equal(4L, await CountAsync());
    }

    [Fact]
    public async Task Expired_parts_are_deleted_by_later_writes_a_limited_number_at_a_time()
    {
        const int most = SqlManifestStore.SweptAtOnce;
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(55));
        await using var store = Fixture.Open(time);
        await store.Manifests.WriteAsync("old", [.. Enumerable.Range(0, (2 * most) + 10).Select(static i => new[] { (byte)i })], Hour, Token);
        time.Advance(Hour);
        for (var writes = 1; writes <= 4; writes++)
        {
            await store.Manifests.WriteAsync("next", [[1]], Hour, Token);
            Assert.Equal(1L + Math.Max(0, (2 * most) + 10 - (writes * most)), await CountAsync());
        }
    }

    [Fact]
    public async Task A_table_that_is_dropped_is_created_again()
    {
        await using var store = Fixture.Open();
        await store.Manifests.WriteAsync("v", [[1]], Hour, Token);
        await Sql.ExecuteAsync($"DROP TABLE {SqlManifestStore.TableName}");
        await Assert.ThrowsAsync<BackendException>(async () => await store.Manifests.ReadAsync("v", 0, 1, Token));
        Assert.Empty(await store.Manifests.ReadAsync("v", 0, 1, Token));
        await store.Manifests.WriteAsync("v", [[2]], Hour, Token);
        Assert.Equal([2], Assert.Single(await store.Manifests.ReadAsync("v", 0, 1, Token)));
    }

    /// <summary>Asserts that a user who may only read the records cannot store manifests.</summary>
    protected async Task AssertReaderIsDeniedAsync(string url)
    {
        await using var reader = Fixture.Open(change: options => options with { Url = url });
        Assert.Empty(await reader.Manifests.ReadAsync("v", 0, 1, Token));
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await reader.Manifests.WriteAsync("v", [[1]], Hour, Token));
        Assert.Equal(BackendFault.Denied, fault.Fault);
    }

    /// <summary>Asserts that a user who may not create tables can use the table that an administrator created.</summary>
    protected async Task AssertUserOfTheTableMayDoEverythingAsync(string url)
    {
        await using var user = Fixture.Open(change: options => options with { Url = url });
        await user.Manifests.WriteAsync("v", [[1]], Hour, Token);
        await user.Manifests.WriteAsync("v", [[2]], Hour, Token);
        await user.Manifests.RenewAsync("v", 1, Hour, Token);
        Assert.Single(await user.Manifests.ReadAsync("v", 0, 1, Token));
        await user.Manifests.RemoveAsync("v", 1, Token);
        Assert.Empty(await user.Manifests.ReadAsync("v", 0, 1, Token));
    }

    private async Task<long> CountAsync() =>
        Convert.ToInt64(await Sql.QueryAsync($"SELECT COUNT(*) FROM {SqlManifestStore.TableName}"), null);
}
