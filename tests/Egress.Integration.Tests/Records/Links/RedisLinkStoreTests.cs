using Egress.Backends;
using Egress.Records;
using Egress.Records.Links;
using Egress.Records.Redis.Links;
using Egress.TestKit.Servers;
using StackExchange.Redis;
using Xunit;

namespace Egress.Integration.Tests.Records.Links;

public sealed class RedisLinkStoreTests : LinkStoreContract
{
    private IDatabase Redis => ((RedisFixture)Fixture).Database;

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());

    [Theory]
    [InlineData("egress-links")]
    [InlineData("egress-links-by:free")]
    [InlineData("egress-link:0123")]
    [InlineData("egress-link-use:0123")]
    [InlineData("egress-link-request:0123")]
    [InlineData("{egress-deliveries}:due")]
    [InlineData("{egress-deliveries}:0123")]
    [InlineData("egress-manifest:0123")]
    [InlineData("egress-crc32:0123")]
    [InlineData("egress-sha256:0123")]
    public async Task An_id_that_is_a_key_of_Egress_is_refused_and_finds_nothing(string id)
    {
        await using var store = Open();
        foreach (var link in new[] { New(id), Repeatable(id, "key") })
        {
            var refused = await Assert.ThrowsAsync<BackendException>(async () => await store.Links.CreateAsync(link, Token));
            Assert.Equal((BackendFault.Malformed, "is a key that Egress itself uses in Redis"), (refused.Fault, refused.IdRefusal));
        }

        await Assert.ThrowsAsync<BackendException>(async () => await store.TryAddAsync(new DownloadRecord { Id = id, Bucket = "b", Objects = [new ObjectItem("k")] }, Token));
        Assert.False(await Redis.KeyExistsAsync(Fixture.Options.KeyPrefix + id));
        await Redis.StringSetAsync(Fixture.Options.KeyPrefix + id, """{"bucket":"b","objects":["k"]}""");
        Assert.Null(await FindRecordAsync(store, id));
    }

    [Theory]
    [InlineData("egress-")]
    [InlineData("egress-links2")]
    [InlineData("my-egress-link:1")]
    public async Task An_id_that_only_resembles_a_key_of_Egress_is_kept(string id)
    {
        await using var store = Open();
        Assert.NotNull((await store.Links.CreateAsync(New(id), Token)).Created);
        Assert.NotNull(await FindRecordAsync(store, id));
    }

    [Fact]
    public async Task A_repetition_expires()
    {
        await using var store = Open();
        await store.Links.CreateAsync(Repeatable("a", "key"), Token);
        var left = await Redis.KeyTimeToLiveAsync($"{Fixture.Options.KeyPrefix}egress-link-request:{Digest("key")}");
        Assert.InRange(Assert.NotNull(left), ILinkStore.IdempotencyWindow - TimeSpan.FromHours(1), ILinkStore.IdempotencyWindow);
    }

    [Fact]
    public async Task A_repeated_request_completes_the_steps_that_a_dead_process_did_not()
    {
        await Redis.StringSetAsync(
            $"{Fixture.Options.KeyPrefix}egress-link-request:{Digest("key")}", $$"""{"id":"first","body_digest":"{{Digest("body")}}"}""");
        await using var store = Open();
        Assert.Equal("first", (await store.Links.CreateAsync(Repeatable("second", "key"), Token)).Repeated?.Id);
        Assert.NotNull(await FindRecordAsync(store, "first"));
        Assert.Null(await FindRecordAsync(store, "second"));
    }

    [Fact]
    public async Task A_repeated_request_that_is_faster_than_the_first_leaves_the_creation_to_it()
    {
        await using var store = Open();
        var (first, repeated) = (Repeatable("first", "key"), Repeatable("second", "key"));
        await using var database = RedisFixture.Connect(Fixture.Options, Time);
        var keyPrefix = Fixture.Options.KeyPrefix;
        var creation = new RedisLinkCreation(
            new RedisLinkStore(database, keyPrefix, Time), database, new RedisLinkKeys(keyPrefix), keyPrefix, Time.GetUtcNow().ToUnixTimeMilliseconds());
        Assert.True(await creation.ClaimAsync(first.IdempotencyKey!, first, Token));
        Assert.Equal("first", (await store.Links.CreateAsync(repeated, Token)).Repeated?.Id);
        Assert.Equal("first", (await creation.StoreClaimedAsync(first.IdempotencyKey!, first, Token)).Created?.Id);
        Assert.Equal(["first"], (await store.Links.ListAsync(Select(10), Token)).Links.Select(link => link.Id));
    }

    [Fact]
    public async Task A_user_with_the_commands_for_records_finds_them_and_the_fault_names_the_permissions_for_links()
    {
        var name = $"reader{Guid.NewGuid():n}";
        await Redis.ExecuteAsync("ACL", "SETUSER", name, "on", ">p", $"~{Fixture.Options.KeyPrefix}*", "+get", "+setnx", "+set", "+echo", "+ping", "+select");
        var url = new UriBuilder(Fixture.Options.Url) { UserName = name, Password = "p" }.Uri.AbsoluteUri;
        await Fixture.InsertAsync(new RawRecord("own", """["k"]"""));
        await using var owner = Open();
        await owner.Links.RevokeAsync("own", "admin", Token);
        await using var user = Open(options => options with { Url = url });

        Assert.True((await FindRecordAsync(user, "own"))!.Link!.Value.IsRevoked);
        var fault = await Assert.ThrowsAsync<BackendException>(async () => await user.Links.FindAsync("own", Token));
        Assert.True(fault.IsLinkTableUnusable);
        fault = await Assert.ThrowsAsync<BackendException>(async () => await user.LinkBudgets.FindBudgetAsync("own", Token));
        Assert.True(fault.IsLinkTableUnusable);
        fault = await Assert.ThrowsAsync<BackendException>(async () => await user.LinkBudgets.TryPutBudgetAsync("own", 0, "{}", Token));
        Assert.True(fault.IsLinkTableUnusable);
    }
}
