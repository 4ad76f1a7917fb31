using System.Text;
using Egress.Backends;
using Egress.Storage;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>The tests of every storage. A derived class provides the storage, and a method that stores objects.</summary>
public abstract partial class ObjectStorageContract : IAsyncLifetime
{
    private static readonly byte[] Digits = "0123456789"u8.ToArray();

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The storage under test.</summary>
    protected IObjectStorage Storage { get; set; } = null!;

    /// <summary>A bucket that exists and is empty.</summary>
    protected string Bucket { get; set; } = null!;

    /// <summary>Whether the test server lists keys in order, as the real service does.</summary>
    protected virtual bool KeysComeInOrder => true;

    public abstract ValueTask InitializeAsync();

    protected abstract Task PutAsync(string key, byte[] content);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected ObjectLocation At(string key) => new(Bucket, key);

    protected async Task<byte[]?> ReadAsync(string key, ObjectRange range = default)
    {
        await using var opened = await Storage.OpenAsync(At(key), range, Stop);
        if (opened is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await opened.Content.CopyToAsync(content, Stop);
        return content.ToArray();
    }

    protected async Task<List<ObjectProperties>> ListAsync(string prefix) =>
        await Storage.ListAsync(new ObjectPrefix(Bucket, prefix), Stop).ToListAsync(Stop);

    protected static async Task AssertFaultAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
        Assert.Equal(Backend.Storage, thrown.Backend);
    }

    [Fact]
    public async Task An_opened_object_has_its_bytes_and_the_properties_of_a_lookup()
    {
        var before = DateTimeOffset.UtcNow;
        await PutAsync("a.txt", Digits);

        Assert.Equal(Digits, await ReadAsync("a.txt"));
        await using var opened = await Storage.OpenAsync(At("a.txt"), ObjectRange.All, Stop);
        var found = await Storage.LookUpAsync(At("a.txt"), Stop);
        Assert.Equal(found, opened!.Properties);
        Assert.Equal((At("a.txt"), 10), (found!.Location, found.Size));
        Assert.False(string.IsNullOrEmpty(found.ETag));
        Assert.InRange(found.Modified!.Value, before.AddSeconds(-2), DateTimeOffset.UtcNow.AddSeconds(2));
        Assert.Equal(TimeSpan.Zero, found.Modified!.Value.Offset);
    }

    [Fact]
    public async Task A_batch_lookup_has_the_results_of_single_lookups()
    {
        await PutAsync("a.txt", Digits);
        await PutAsync("folder/b.txt", []);
        ObjectLocation[] locations = [At("folder/b.txt"), At("gone.txt"), At("a.txt")];
        var told = await Storage.LookUpAllAsync(locations, Stop);
        Assert.Equal(3, told.Count);
        Assert.Null(told[1]);
        foreach (var (location, properties) in locations.Zip(told).Where(pair => pair.Second is not null))
        {
            Assert.Equal(await Storage.LookUpAsync(location, Stop), properties);
        }

        Assert.Empty(await Storage.LookUpAllAsync([], Stop));
    }

    [Theory]
    [InlineData(0, null, "0123456789")]
    [InlineData(3, null, "3456789")]
    [InlineData(3, 4L, "3456")]
    [InlineData(9, 1L, "9")]
    [InlineData(3, 100L, "3456789")]
    [InlineData(3, long.MaxValue, "3456789")]
    [InlineData(0, 0L, "")]
    [InlineData(5, 0L, "")]
    [InlineData(10, null, "")]
    [InlineData(10, 0L, "")]
    [InlineData(10, 5L, "")]
    public async Task A_range_has_its_bytes_and_the_size_of_the_whole(long offset, long? length, string expected)
    {
        await PutAsync("a.txt", Digits);
        var found = await Storage.LookUpAsync(At("a.txt"), Stop);

        await using var opened = await Storage.OpenAsync(At("a.txt"), new ObjectRange(offset, length, found!.ETag), Stop);
        using var reader = new StreamReader(opened!.Content);
        Assert.Equal(expected, await reader.ReadToEndAsync(Stop));
        Assert.Equal((found.Size, found.ETag), (opened.Properties.Size, opened.Properties.ETag));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(7L)]
    public async Task An_empty_object_is_an_object(long? length)
    {
        await PutAsync("empty", []);
        Assert.Empty((await ReadAsync("empty", new ObjectRange(0, length)))!);
        Assert.Equal(0, (await Storage.LookUpAsync(At("empty"), Stop))!.Size);
    }

    [Theory]
    [InlineData(11, null)]
    [InlineData(11, 1L)]
    [InlineData(11, 0L)]
    public async Task An_offset_after_the_end_means_another_object(long offset, long? length)
    {
        await PutAsync("a.txt", Digits);
        await AssertFaultAsync(BackendFault.Changed, () => ReadAsync("a.txt", new ObjectRange(offset, length)));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(2, 3L)]
    [InlineData(10, null)]
    [InlineData(4, 0L)]
    public async Task A_replaced_object_is_not_read_further(long offset, long? length)
    {
        await PutAsync("a.txt", Digits);
        var before = await Storage.LookUpAsync(At("a.txt"), Stop);
        Assert.NotNull(await ReadAsync("a.txt", new ObjectRange(offset, length, before!.ETag)));

        await PutAsync("a.txt", "abcdefghij"u8.ToArray());
        await AssertFaultAsync(BackendFault.Changed, () => ReadAsync("a.txt", new ObjectRange(offset, length, before.ETag)));
    }

    [Fact]
    public async Task A_missing_object_is_null()
    {
        await PutAsync("there/a.txt", Digits);
        foreach (var key in (string[])["gone.txt", "there/gone.txt", "gone/a.txt", "there/a.tx", "there/a.txt/below"])
        {
            Assert.Null(await ReadAsync(key));
            Assert.Null(await ReadAsync(key, new ObjectRange(5, 0)));
            Assert.Null(await Storage.LookUpAsync(At(key), Stop));
        }

        Assert.Empty(await ListAsync("gone/"));
    }

    [Fact]
    public virtual async Task A_missing_bucket_is_a_configuration_fault()
    {
        Bucket = "gone-bucket";
        await AssertFaultAsync(BackendFault.Malformed, () => ReadAsync("a.txt"));
        await AssertFaultAsync(BackendFault.Malformed, async () => await Storage.LookUpAsync(At("a.txt"), Stop));
        await AssertFaultAsync(BackendFault.Malformed, () => ListAsync(""));
    }

    [Fact]
    public async Task A_key_that_leads_outside_is_denied()
    {
        await AssertFaultAsync(BackendFault.Denied, () => ReadAsync("../../../a.txt"));
        await AssertFaultAsync(BackendFault.Denied, async () => await Storage.LookUpAsync(At("a/../../../../b"), Stop));
    }

    [Fact]
    public async Task An_empty_key_is_a_fault()
    {
        await AssertFaultAsync(BackendFault.Malformed, () => ReadAsync(""));
        await AssertFaultAsync(BackendFault.Malformed, async () => await Storage.LookUpAsync(At(""), Stop));
    }

    public static TheoryData<string> AwkwardKeys() =>
    [
        "with space.txt", " leading and trailing ", "hash#tag?query=1&b=2.txt", "100%.txt", "%41.txt", "a%2Fb.txt", "one+one.txt",
        "日本/ünïcode/😀.txt", "quote'\"`.txt", "semi;colon,comma=$@!~*().txt", "[brackets]{braces}^|.txt", "a:b.txt", "deep/er/and/deeper.txt",
        "e\u0301-decomposed.txt", "\u00e9-composed.txt", "<tag>&amp;.txt",
        string.Join('/', Enumerable.Repeat(new string('k', 127), 8))[..1000],
        string.Join('/', Enumerable.Repeat(string.Concat(Enumerable.Repeat("é", 63)), 8))[..500],
    ];

    [Theory]
    [MemberData(nameof(AwkwardKeys))]
    public async Task Any_key_finds_its_object(string key)
    {
        var content = Encoding.UTF8.GetBytes(key);
        await PutAsync(key, content);

        Assert.Equal(content, await ReadAsync(key));
        Assert.Equal(content.Length, (await Storage.LookUpAsync(At(key), Stop))!.Size);
        Assert.Equal([At(key)], (await ListAsync(key[..1])).Select(found => found.Location));
        Assert.Equal([At(key)], (await ListAsync(key)).Select(found => found.Location));
    }

    [Fact]
    public async Task A_prefix_is_taken_literally_and_keys_come_in_order()
    {
        string[] keys = ["photos/2024/a.jpg", "photos/2024/b/c.jpg", "photos/2024-x.jpg", "photos/20.txt", "photos/19/a.jpg", "photos", "p.txt"];
        foreach (var key in keys.Where(key => key != "photos"))
        {
            await PutAsync(key, Encoding.UTF8.GetBytes(key));
        }

        async Task<IEnumerable<string>> Keys(string prefix)
        {
            var found = (await ListAsync(prefix)).Select(item => item.Location.Key);
            return KeysComeInOrder ? found : found.Order(StringComparer.Ordinal);
        }

        Assert.Equal(["photos/20.txt", "photos/2024-x.jpg", "photos/2024/a.jpg", "photos/2024/b/c.jpg"], await Keys("photos/20"));
        Assert.Equal(["photos/2024/a.jpg", "photos/2024/b/c.jpg"], await Keys("photos/2024/"));
        Assert.Equal(["p.txt"], await Keys("p."));
        Assert.Equal(6, (await Keys("")).Count());
        Assert.Equal(keys.Where(key => key != "photos").Order(StringComparer.Ordinal), await Keys("p"));
    }

    [Fact]
    public async Task A_listing_of_many_pages_has_every_object_once_with_the_properties_of_a_lookup()
    {
        var expected = Enumerable.Range(0, 2500).Select(number => $"many/{number % 7}/{number:D4}.bin").Order(StringComparer.Ordinal).ToArray();
        await Parallel.ForEachAsync(
            expected, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Stop }, async (key, _) => await PutAsync(key, Digits));
        await PutAsync("other.bin", Digits);

        var found = await ListAsync("many/");

        Assert.Equal(expected, found.Select(item => item.Location.Key));
        Assert.All(found, item => Assert.Equal((Bucket, 10), (item.Location.Bucket, item.Size)));
        var sample = found[1234];
        var lookUp = await Storage.LookUpAsync(sample.Location, Stop);
        Assert.Equal(lookUp!.ETag, sample.ETag);
        // the header has a resolution of one second
        Assert.InRange((lookUp.Modified - sample.Modified)!.Value.Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(Digits, await ReadAsync(sample.Location.Key, new ObjectRange(IfMatch: sample.ETag)));
    }

    [Fact]
    public async Task A_canceled_call_throws_the_cancellation()
    {
        await PutAsync("a.txt", Digits);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Storage.OpenAsync(At("a.txt"), ObjectRange.All, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Storage.LookUpAsync(At("a.txt"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Storage.ListAsync(new ObjectPrefix(Bucket, ""), cancelled).ToListAsync(Stop));
    }
}
