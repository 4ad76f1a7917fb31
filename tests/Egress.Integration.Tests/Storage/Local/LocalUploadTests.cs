using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Storage.Local;

public sealed class LocalUploadTests : ObjectUploadAbortContract
{
    private readonly TempFolder _folder = new();

    public override ValueTask InitializeAsync()
    {
        var root = new LocalRoot(Directory.CreateDirectory(_folder["root"]).FullName);
        Uploads = new LocalUploads(root);
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
}
