using Egress.Backends;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records;

public sealed class RedisRecordStoreTests : RecordStoreContract
{
    private new RedisFixture Fixture => (RedisFixture)base.Fixture;

    protected override async Task<RecordStoreFixture> CreateFixtureAsync() => await RedisFixture.CreateAsync(await RedisServer.GetAsync());

    [Theory]
    [InlineData("{", "value is not valid JSON")]
    [InlineData("", "value is not valid JSON")]
    [InlineData("[]", "value must be an object")]
    [InlineData("""{"bucket": "b"}""", "objects is missing")]
    [InlineData("""{"bucket": "b", "objects": null}""", "objects is missing")]
    [InlineData("""{"bucket": 1, "objects": []}""", "bucket must be text")]
    [InlineData("{\"bucket\": \"\xff\", \"objects\": []}", "bucket is not valid Unicode")]
    public async Task A_value_that_is_not_a_record_is_a_fault(string value, string problem)
    {
        var bytes = System.Text.Encoding.Latin1.GetBytes(value);
        await Fixture.Database.StringSetAsync(Fixture.Options.KeyPrefix + "bad", bytes);

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await Store.FindAsync("bad", Token));

        Assert.Equal(BackendFault.Malformed, fault.Fault);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_holds_no_text_is_a_fault()
    {
        await Fixture.Database.ListRightPushAsync(Fixture.Options.KeyPrefix + "list", "a");

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await Store.FindAsync("list", Token));

        Assert.Equal(BackendFault.Malformed, fault.Fault);
    }

    [Fact]
    public async Task The_database_of_the_url_is_used()
    {
        await Fixture.InsertAsync(new RawRecord("one", "[]"));
        await using var other = Fixture.Open(change: options => options with { Url = options.Url[..^1] + "1" });

        Assert.NotNull(await Store.FindAsync("one", Token));
        Assert.Null(await other.FindAsync("one", Token));
    }
}
