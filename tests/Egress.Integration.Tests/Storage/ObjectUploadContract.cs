using Egress.Backends;
using Egress.Storage;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>The tests of multipart uploads to every storage. A derived class provides the uploads, and a storage that reads the uploaded objects.</summary>
public abstract class ObjectUploadContract : IAsyncLifetime
{
    /// <summary>The part size of the tests, in bytes. S3 refuses smaller parts, except for the last one.</summary>
    private const int PartSize = 5 << 20;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The uploads under test.</summary>
    private protected IObjectUploads Uploads { get; set; } = null!;

    /// <summary>A storage that reads the uploaded objects.</summary>
    private protected IObjectStorage Storage { get; set; } = null!;

    /// <summary>Whether the test server stores the media type of an object, and sends the file name that a link requests.</summary>
    protected virtual bool StoresHeaders => true;

    /// <summary>Whether the test server can copy parts from objects. Neither s3rver nor Azurite can.</summary>
    protected virtual bool Copies => false;

    /// <summary>A bucket that exists and is empty.</summary>
    protected string Bucket { get; set; } = null!;

    public abstract ValueTask InitializeAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private protected ObjectLocation At(string key) => new(Bucket, key);

    private protected static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private protected async Task<byte[]?> ReadAsync(string key)
    {
        await using var opened = await Storage.OpenAsync(At(key), ObjectRange.All, Stop);
        if (opened is null)
        {
            return null;
        }

        using var content = new MemoryStream();
        await opened.Content.CopyToAsync(content, Stop);
        return content.ToArray();
    }

    private protected async Task<(ObjectUpload Upload, List<UploadedPart> Parts)> UploadAsync(string key, byte[] content)
    {
        var upload = await Uploads.BeginAsync(At(key), Stop);
        List<UploadedPart> parts = [];
        for (var offset = 0; offset < content.Length; offset += PartSize)
        {
            var part = content.AsMemory(offset, Math.Min(PartSize, content.Length - offset));
            parts.Add(await Uploads.PutPartAsync(upload, new PartPlace((offset / PartSize) + 1, offset), part, Stop));
        }

        return (upload, parts);
    }

    private async Task PutAsync(string key, byte[] content)
    {
        var (upload, parts) = await UploadAsync(key, content);
        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));
    }

    private protected static async Task AssertFaultAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(PartSize - 1)]
    [InlineData(PartSize)]
    [InlineData(PartSize + 1)]
    [InlineData((2 * PartSize) + 7)]
    public async Task A_completed_upload_is_an_object_with_the_bytes_of_its_parts(int length)
    {
        var content = Bytes(length, length);
        await PutAsync("new/folder/a b+%ü.zip", content);

        Assert.Equal(content, await ReadAsync("new/folder/a b+%ü.zip"));
    }

    [Fact]
    public async Task Parts_come_in_any_order_at_once_and_again()
    {
        var content = Bytes((3 * PartSize) + 11, 1);
        var upload = await Uploads.BeginAsync(At("a.zip"), Stop);
        var parts = await Task.WhenAll(((int[])[4, 2, 1, 3, 2, 4]).Select(async number =>
        {
            var offset = (number - 1) * PartSize;
            var part = content.AsMemory(offset, Math.Min(PartSize, content.Length - offset));
            return await Uploads.PutPartAsync(upload with { }, new PartPlace(number, offset), part, Stop);
        }));

        Assert.Null(await Storage.LookUpAsync(At("a.zip"), Stop));
        Assert.True(await Uploads.CompleteAsync(upload, [.. parts.DistinctBy(part => part.Number).OrderBy(part => part.Number)], false, Stop));
        Assert.Equal(content, await ReadAsync("a.zip"));
    }

    [Fact]
    public async Task An_upload_is_not_an_object_before_it_is_completed()
    {
        await UploadAsync("folder/a.zip", Bytes(100, 1));

        Assert.Null(await Storage.LookUpAsync(At("folder/a.zip"), Stop));
        Assert.Empty(await Storage.ListAsync(new ObjectPrefix(Bucket, ""), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task An_object_is_replaced_only_if_that_is_requested()
    {
        await PutAsync("a.zip", Bytes(100, 1));
        var (upload, parts) = await UploadAsync("a.zip", Bytes(200, 2));

        Assert.False(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));
        Assert.Equal(Bytes(100, 1), await ReadAsync("a.zip"));
        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: true, Stop));
        Assert.Equal(Bytes(200, 2), await ReadAsync("a.zip"));
    }

    [Fact]
    public async Task A_link_downloads_the_object_without_credentials()
    {
        const string key = "new/folder/a b+%ü.zip";
        await PutAsync(key, Bytes(100, 3));
        var link = await Uploads.LinkAsync(At(key), "photos ü.zip", TimeSpan.FromMinutes(5), Stop);
        Assert.Equal(Storage.IsRemote, link is not null);
        if (link is not null)
        {
            using var http = new HttpClient();
            using var answer = await http.GetAsync(link, Stop);
            Assert.True(answer.IsSuccessStatusCode);
            Assert.Equal(Bytes(100, 3), await answer.Content.ReadAsByteArrayAsync(Stop));
            Assert.Equal(
                StoresHeaders ? ("application/zip", "photos ü.zip") : (null, null),
                (answer.Content.Headers.ContentType?.MediaType, answer.Content.Headers.ContentDisposition?.FileNameStar));
        }
    }

    [Theory]
    [InlineData("a.bin")]
    [InlineData("new/folder/a b+%ü&.bin")]
    public async Task A_part_is_copied_from_an_object_or_left_to_be_uploaded(string key)
    {
        var content = Bytes(PartSize + 1000, 4);
        await PutAsync(key, content);
        var source = (await Storage.LookUpAsync(At(key), Stop))!;
        var (upload, parts) = await UploadAsync("copied.zip", Bytes(PartSize, 5));

        var copied = Uploads is ICopyingUploads copying && Uploads.Limits.LargestCopy > 0
            ? await copying.CopyPartAsync(upload, new PartPlace(2, PartSize), new CopiedRange(At(key), source.ETag!, 700, PartSize), Stop)
            : null;
        Assert.Equal(Copies, copied is not null);
        parts.Add(copied ?? await Uploads.PutPartAsync(upload, new PartPlace(2, PartSize), content.AsMemory(700, PartSize), Stop));
        parts.Add(await Uploads.PutPartAsync(upload, new PartPlace(3, 2 * PartSize), new byte[] { 1 }, Stop));
        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));

        Assert.Equal([.. Bytes(PartSize, 5), .. content.AsSpan(700, PartSize), 1], await ReadAsync("copied.zip"));
    }

    [Fact]
    public async Task An_object_shows_from_which_upload_it_was_made()
    {
        var (first, firstParts) = await UploadAsync("a.zip", Bytes(100, 1));
        Assert.False(await Uploads.IsFromAsync(first, Stop));
        Assert.True(await Uploads.CompleteAsync(first, firstParts, overwrites: false, Stop));
        var (second, secondParts) = await UploadAsync("a.zip", Bytes(100, 1));
        Assert.Equal((true, false), (await Uploads.IsFromAsync(first, Stop), await Uploads.IsFromAsync(second, Stop)));
        Assert.True(await Uploads.CompleteAsync(second, secondParts, overwrites: true, Stop));
        Assert.True(await Uploads.IsFromAsync(second, Stop));
    }

    [Fact]
    public async Task A_missing_bucket_is_a_fault()
    {
        Bucket = "gone-bucket";
        await AssertFaultAsync(BackendFault.Malformed, async () => await Uploads.BeginAsync(At("a.zip"), Stop));
    }

    [Theory]
    [InlineData("../a.zip", BackendFault.Denied)]
    [InlineData("a/../../../b.zip", BackendFault.Denied)]
    [InlineData("", BackendFault.Malformed)]
    public async Task A_destination_that_no_object_can_have_is_refused(string key, BackendFault expected)
    {
        await AssertFaultAsync(expected, async () => await Uploads.BeginAsync(At(key), Stop));
    }

    [Fact]
    public async Task A_canceled_call_throws_the_cancellation()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Uploads.BeginAsync(At("a.zip"), cancelled));
    }
}
