using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Storage.Local;

public sealed class LocalUploadTests : ObjectUploadAbortContract
{
    private readonly TempFolder _folder = new();
    private readonly FlushLog _flushed = new();

    public override ValueTask InitializeAsync()
    {
        var root = new LocalRoot(Directory.CreateDirectory(_folder["root"]).FullName);
        Uploads = new LocalUploads(root, _flushed);
        Storage = new LocalStorage(root);
        Bucket = "bucket";
        Directory.CreateDirectory(_folder["root/bucket"]);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }

    private protected override Task<int> CountUnfinishedAsync() => Task.FromResult(
        Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Count(path => LocalUploads.IsUnfinished(Path.GetFileName(path))));

    [Fact]
    public async Task Nothing_is_written_through_a_link_that_leads_outside()
    {
        Directory.CreateDirectory(_folder["outside"]);
        Directory.CreateSymbolicLink(_folder["root/bucket/link"], _folder["outside"]);

        foreach (var key in (string[])["link/a.zip", "link/new/a.zip"])
        {
            var thrown = await Assert.ThrowsAsync<BackendException>(
                async () => await Uploads.BeginAsync(new ObjectLocation(Bucket, key), Stop));
            Assert.Equal(BackendFault.Denied, thrown.Fault);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["outside"]));
    }

    [Fact]
    public async Task Of_two_uploads_that_are_completed_at_once_one_replaces_nothing()
    {
        for (var i = 0; i < 300; i++)
        {
            var destination = new ObjectLocation(Bucket, $"{i}.zip");
            var uploads = new[] { await Uploads.BeginAsync(destination, Stop), await Uploads.BeginAsync(destination, Stop) };
            var completed = await Task.WhenAll(uploads.Select(upload => Task.Run(async () => await Uploads.CompleteAsync(upload, [], false, Stop))));
            Assert.Single(completed, static isCompleted => isCompleted);
        }
    }

    [Fact]
    public async Task A_folder_that_became_a_link_to_outside_while_the_upload_ran_is_refused()
    {
        var destination = new ObjectLocation(Bucket, "later/a.zip");
        var upload = await Uploads.BeginAsync(destination, Stop);
        var part = await Uploads.PutPartAsync(upload, new PartPlace(1, 0), new byte[] { 1 }, Stop);
        Directory.CreateDirectory(_folder["outside"]);
        Directory.CreateSymbolicLink(_folder["root/bucket/later"], _folder["outside"]);

        var thrown = await Assert.ThrowsAsync<BackendException>(async () => await Uploads.CompleteAsync(upload, [part], true, Stop));
        Assert.Equal(BackendFault.Denied, thrown.Fault);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["outside"]));
    }

    [Theory]
    [InlineData("file.txt/a.zip")]
    [InlineData("folder/")]
    public async Task A_destination_that_no_file_can_have_is_refused(string key)
    {
        await _folder.WriteAsync("root/bucket/file.txt", new byte[] { 1 });
        var thrown = await Assert.ThrowsAsync<BackendException>(
            async () => await Uploads.BeginAsync(new ObjectLocation(Bucket, key), Stop));
        Assert.Equal(BackendFault.Malformed, thrown.Fault);
        Assert.Equal(0, await CountUnfinishedAsync());
    }

    [Fact]
    public async Task A_part_is_on_the_disk_when_its_upload_returns()
    {
        var upload = await Uploads.BeginAsync(At("a.zip"), Stop);
        Assert.Equal([("bucket", Path.GetFileName(upload.Id))], _flushed.Names);

        await Uploads.PutPartAsync(upload, new PartPlace(2, 1000), Bytes(500, 1), Stop);
        Assert.Equal([1500], _flushed.Lengths);
        await Uploads.PutPartAsync(upload, new PartPlace(1, 0), Bytes(1000, 2), Stop);
        Assert.Equal([1500, 1500], _flushed.Lengths);
    }

    [Fact]
    public async Task A_completed_object_and_its_new_folders_are_on_the_disk()
    {
        var (upload, parts) = await UploadAsync("new/folder/a.zip", Bytes(100, 1));
        _flushed.Names.Clear();
        Assert.True(await Uploads.CompleteAsync(upload, parts, overwrites: false, Stop));

        Assert.Contains(("bucket", "new"), _flushed.Names);
        Assert.Contains(("new", "folder"), _flushed.Names);
        Assert.Equal(("folder", "a.zip"), _flushed.Names[^1]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1499)]
    [InlineData(1501)]
    public async Task A_file_that_is_not_as_long_as_its_parts_is_not_completed(int length)
    {
        var upload = await Uploads.BeginAsync(At("a.zip"), Stop);
        UploadedPart[] parts =
        [
            await Uploads.PutPartAsync(upload, new PartPlace(1, 0), Bytes(1000, 1), Stop),
            await Uploads.PutPartAsync(upload, new PartPlace(2, 1000), Bytes(500, 2), Stop),
        ];
        using (var file = File.OpenHandle(_folder[$"root/bucket/{upload.Id}"], FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.SetLength(file, length);
        }

        await AssertFaultAsync(BackendFault.Malformed, async () => await Uploads.CompleteAsync(upload, parts, overwrites: true, Stop));
        Assert.False(File.Exists(_folder["root/bucket/a.zip"]));
    }

    [Fact]
    public async Task A_lost_upload_is_found_after_its_folder_was_created()
    {
        var since = DateTimeOffset.UtcNow.AddMinutes(-1);
        await Uploads.BeginAsync(At("new/folder/a.zip"), Stop);
        Directory.CreateDirectory(_folder["root/bucket/new"]);
        await Uploads.BeginAsync(At("new/folder/a.zip"), Stop);
        var (kept, parts) = await UploadAsync("new/folder/a.zip", Bytes(10, 1));
        Directory.CreateDirectory(_folder["root/bucket/new/folder"]);
        await Uploads.BeginAsync(At("new/folder/a.zip"), Stop);
        Assert.Equal(4, await CountUnfinishedAsync());

        await Uploads.AbortLostAsync(At("new/folder/a.zip"), since, kept.Id, static _ => new(true), Stop);
        Assert.Equal(1, await CountUnfinishedAsync());
        Assert.True(await Uploads.CompleteAsync(kept, parts, overwrites: false, Stop));
    }

    [Theory]
    [InlineData("a/../b.zip")]
    [InlineData("./b.zip")]
    public async Task The_upload_that_is_kept_is_found_by_every_name_of_its_folder(string key)
    {
        Directory.CreateDirectory(_folder["root/bucket/a"]);
        var (kept, parts) = await UploadAsync(key, Bytes(10, 1));
        await Uploads.AbortLostAsync(At(key), DateTimeOffset.UtcNow.AddMinutes(-1), kept.Id, static _ => new(true), Stop);
        Assert.True(await Uploads.CompleteAsync(kept, parts, overwrites: false, Stop));
    }
}
