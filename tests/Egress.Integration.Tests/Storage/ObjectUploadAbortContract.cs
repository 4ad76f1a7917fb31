using Egress.Backends;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>Tests of unfinished uploads, on servers that can abort and list uploads. s3rver can do neither.</summary>
public abstract class ObjectUploadAbortContract : ObjectUploadContract
{
    /// <summary>Returns the number of unfinished uploads and of their parts in the storage.</summary>
    private protected abstract Task<int> CountUnfinishedAsync();

    [Fact]
    public async Task An_upload_is_kept_until_it_is_completed()
    {
        var (upload, parts) = await UploadAsync("new/a.zip", Bytes(100, 1));
        Assert.Equal(1, await CountUnfinishedAsync());

        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));
        Assert.Equal(0, await CountUnfinishedAsync());
    }

    [Fact]
    public async Task An_aborted_upload_leaves_nothing()
    {
        var (upload, parts) = await UploadAsync("folder/a.zip", Bytes(100, 1));
        await Uploads.AbortAsync(upload, Stop);

        Assert.Equal(0, await CountUnfinishedAsync());
        Assert.Null(await Storage.LookUpAsync(At("folder/a.zip"), Stop));
        await AssertFaultAsync(BackendFault.Malformed, async () => await Uploads.CompleteAsync(upload, parts, overwrites: true, Stop));
        await Uploads.AbortAsync(upload, Stop);
        Assert.Null(await Storage.LookUpAsync(At("folder/a.zip"), Stop));
    }

    [Fact]
    public async Task An_abort_after_the_completion_keeps_the_object()
    {
        var (upload, parts) = await UploadAsync("a.zip", Bytes(100, 1));
        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));

        await Uploads.AbortAsync(upload, Stop);
        Assert.Equal(Bytes(100, 1), await ReadAsync("a.zip"));
    }

    [Fact]
    public async Task An_abort_keeps_the_parts_of_another_upload_of_the_same_key()
    {
        var (first, _) = await UploadAsync("a.zip", Bytes(100, 1));
        var (second, parts) = await UploadAsync("a.zip", Bytes(200, 2));
        await Uploads.AbortAsync(first, Stop);
        await Uploads.AbortAsync(first, Stop);

        Assert.True(await Uploads.CompleteAsync(second, parts, overwrites: false, Stop));
        Assert.Equal(Bytes(200, 2), await ReadAsync("a.zip"));
        Assert.Equal(0, await CountUnfinishedAsync());
    }

    [Fact]
    public async Task Lost_uploads_of_a_key_are_removed_and_no_others()
    {
        var since = DateTimeOffset.UtcNow.AddMinutes(-1);
        var (kept, parts) = await UploadAsync("folder/a.zip", Bytes(100, 1));
        var (other, otherParts) = await UploadAsync("folder/a.zip.zip", Bytes(100, 2));
        var lost = await Uploads.BeginAsync(At("folder/a.zip"), Stop);
        await Uploads.AbortLostAsync(At("folder/a.zip"), DateTimeOffset.UtcNow.AddDays(1), kept.Id, static _ => new(true), Stop);
        var before = await CountUnfinishedAsync();
        await Uploads.AbortLostAsync(At("folder/a.zip"), since, kept.Id, static _ => new(false), Stop);
        Assert.Equal(before, await CountUnfinishedAsync());
        await Uploads.AbortLostAsync(At("folder/a.zip"), since, kept.Id, static _ => new(true), Stop);

        Assert.Equal(2, await CountUnfinishedAsync());
        Assert.NotEqual(kept.Id, lost.Id);
        Assert.True(await Uploads.CompleteAsync(kept, parts, overwrites: false, Stop));
        Assert.True(await Uploads.CompleteAsync(other, otherParts, overwrites: false, Stop));
        Assert.Equal(0, await CountUnfinishedAsync());
    }

    [Theory]
    [InlineData("../a.zip")]
    [InlineData("")]
    public async Task A_refused_destination_leaves_nothing(string key)
    {
        await Assert.ThrowsAsync<BackendException>(async () => await Uploads.BeginAsync(At(key), Stop));
        Assert.Equal(0, await CountUnfinishedAsync());
    }
}
