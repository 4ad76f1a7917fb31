using Egress.Backends;
using Egress.Storage;
using Egress.Storage.S3;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Integration.Tests.Storage.S3;

/// <summary>Tests that a listing returns every object or fails, with each way in which servers continue to the next page.</summary>
public sealed class S3ListingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<List<string>> ListAsync(S3Options options, string prefix = "")
    {
        using var client = S3ClientFactory.Create(options);
        return await new S3Storage(client).ListAsync(new ObjectPrefix("bucket", prefix), Stop).Select(found => found.Location.Key).ToListAsync(Stop);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task Every_page_is_listed_in_either_style(bool onlyVersion1, bool encodes)
    {
        await using var store = new MemoryS3 { PageSize = 100, OnlyVersion1 = onlyVersion1, Encodes = encodes };
        await store.StartAsync();
        var expected = Enumerable.Range(0, 1500).Select(number => $"p/a b+c%/{number:D4}.bin").ToList();
        expected.ForEach(key => store.Put(key, [1]));
        store.Put("p/a b+c%/0099.bin/", []); // the marker is the last key of the first page
        store.Put("q", [1]);

        Assert.Equal(expected, await ListAsync(store.Options, "p/"));
        Assert.Equal(16, store.Requests.Count);
        Assert.Equal(onlyVersion1 ? 1 : 16, store.Requests.Count(request => request.Contains("list-type=2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_key_that_xml_cannot_contain_does_not_break_the_listing_of_its_prefix()
    {
        await using var store = new MemoryS3();
        await store.StartAsync();
        foreach (var key in (string[])["p/a", "p/b\u0001", "p/c\uFFFE", "p/d e+f%2F&<>"])
        {
            store.Put(key, [1]);
        }

        Assert.Equal(["p/a", "p/b\u0001", "p/c\uFFFE", "p/d e+f%2F&<>"], await ListAsync(store.Options, "p/"));
    }

    public static TheoryData<string, int> Answers() => new()
    {
        // Servers that return the same page repeatedly: with the same token, with a new token, and without a token.
        { "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><Contents><Key>a</Key><Size>1</Size></Contents>", 2 },
        { "<IsTruncated>true</IsTruncated><NextContinuationToken>{0}</NextContinuationToken><Contents><Key>a</Key><Size>1</Size></Contents>", 2 },
        { "<IsTruncated>true</IsTruncated><Contents><Key>a</Key><Size>1</Size></Contents>", 2 },
        { "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>", 2 },
        { "<IsTruncated>true</IsTruncated><Contents><Key>a/</Key><Size>0</Size></Contents>", 2 },

        // A truncated page without a token or a key to continue from.
        { "<IsTruncated>true</IsTruncated>", 1 },

        // A page with a key that does not have the prefix.
        { "<Contents><Size>1</Size></Contents>", 1 },
        { "<Contents><Key></Key><Size>1</Size></Contents>", 1 },
        { "<Contents><Key>a</Key></Contents>", 1 },
        { "<Contents><Key>a</Key><Size>many</Size></Contents>", 1 },
        { "<EncodingType>url</EncodingType><Contents><Key>a%FF</Key><Size>1</Size></Contents>", 1 },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_listing_that_does_not_advance_or_cannot_be_read_fails_at_once(string answer, int requests)
    {
        var count = 0;
        await using var store = await StubStore.StartAsync(context => context.Response.WriteAsync(
            $"<ListBucketResult>{answer.Replace("{0}", $"t{Interlocked.Increment(ref count)}", StringComparison.Ordinal)}</ListBucketResult>"));
        var options = new S3Options { Endpoint = store.Endpoint, ForcePathStyle = true, AccessKeyId = "key", SecretAccessKey = "secret" };

        var fault = await Assert.ThrowsAsync<BackendException>(() => ListAsync(options));
        Assert.True(fault.Fault == BackendFault.Malformed, fault.ToString());
        Assert.Equal(requests, store.Requests.Count);
    }

    [Theory]
    [InlineData("photos/", "other/a.jpg", BackendFault.Malformed)]
    [InlineData("", "a/../b.jpg", BackendFault.Denied)]
    [InlineData("", "./b.jpg", BackendFault.Denied)]
    public async Task A_listed_key_that_cannot_be_opened_refuses_the_listing(string prefix, string key, BackendFault expected)
    {
        await using var store = await StubStore.StartAsync(
            200, $"<ListBucketResult><Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>");
        var options = new S3Options { Endpoint = store.Endpoint, ForcePathStyle = true, AccessKeyId = "key", SecretAccessKey = "secret" };
        Assert.Equal(expected, (await Assert.ThrowsAsync<BackendException>(() => ListAsync(options, prefix))).Fault);
    }

    [Fact]
    public async Task An_object_with_data_is_listed_although_its_key_ends_with_a_slash()
    {
        await using var store = new MemoryS3();
        await store.StartAsync();
        store.Put("p/", []);
        store.Put("p/full/", [1, 2, 3]);
        Assert.Equal(["p/full/"], await ListAsync(store.Options, "p/"));
    }
}
