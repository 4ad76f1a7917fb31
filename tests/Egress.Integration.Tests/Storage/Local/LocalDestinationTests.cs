using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.Storage.Local.Files;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Storage.Local;

/// <summary>Tests with destinations that an upload to the disk refuses, when it begins or when it is completed.</summary>
public sealed class LocalDestinationTests : IAsyncDisposable
{
    private static readonly EnumerationOptions WithoutLinks = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };

    private readonly TempFolder _folder = new();
    private readonly LocalUploads _uploads;
    private readonly LocalStorage _storage;

    public LocalDestinationTests()
    {
        Directory.CreateDirectory(_folder["root/bucket/folder/inside"]);
        var root = new LocalRoot(_folder["root"]);
        (_uploads, _storage) = (new LocalUploads(root, new DiskFlush()), new LocalStorage(root));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    private static async Task<string> RefusedAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
        return thrown.Message;
    }

    private async Task BeginRefusedAsync(string key, BackendFault expected, string words, string bucket = "bucket")
    {
        var message = await RefusedAsync(expected, async () => await _uploads.BeginAsync(new ObjectLocation(bucket, key), Stop));
        Assert.Contains(words, message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Path, message, StringComparison.Ordinal);
        AssertNothingUnfinished();
    }

    private void AssertNothingUnfinished() => Assert.DoesNotContain(
        Directory.EnumerateFiles(_folder.Path, "*", WithoutLinks), static path => LocalUploads.IsUnfinished(Path.GetFileName(path)));

    private async Task<(ObjectUpload Upload, UploadedPart Part)> UploadAsync(string key)
    {
        var upload = await _uploads.BeginAsync(new ObjectLocation("bucket", key), Stop);
        return (upload, await _uploads.PutPartAsync(upload, new PartPlace(1, 0), new byte[] { 1 }, Stop));
    }

    [Theory]
    [InlineData("alias/a.jpg", "bucket")]
    [InlineData("alias/new/a.jpg", "bucket")]
    [InlineData("folder/../alias/a.jpg", "bucket")]
    [InlineData("folder/up/folder/a.jpg", "bucket")]
    [InlineData("a.jpg", "other")]
    public async Task A_folder_that_is_a_link_is_refused(string key, string bucket)
    {
        Directory.CreateSymbolicLink(_folder["root/bucket/alias"], _folder["root/bucket/folder"]);
        Directory.CreateSymbolicLink(_folder["root/bucket/folder/up"], "..");
        Directory.CreateSymbolicLink(_folder["root/other"], "bucket/folder");

        await BeginRefusedAsync(key, BackendFault.Denied, "symbolic link", bucket);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_that_became_a_link_is_refused(bool overwrites)
    {
        await _folder.WriteAsync("root/bucket/folder/a.jpg", "source"u8.ToArray());
        var (upload, part) = await UploadAsync("later/a.jpg");
        Directory.CreateSymbolicLink(_folder["root/bucket/later"], _folder["root/bucket/folder"]);

        await RefusedAsync(BackendFault.Denied, async () => await _uploads.CompleteAsync(upload, [part], overwrites, Stop));
        Assert.Equal("source", await File.ReadAllTextAsync(_folder["root/bucket/folder/a.jpg"], Stop));
        await _uploads.AbortAsync(upload, Stop);
        AssertNothingUnfinished();
    }

    [Fact]
    public async Task A_root_that_is_a_link_does_not_count_as_a_link_in_a_destination()
    {
        Directory.CreateSymbolicLink(_folder["link"], _folder["root"]);
        var uploads = new LocalUploads(new LocalRoot(_folder["link"]), new DiskFlush());
        var upload = await uploads.BeginAsync(new ObjectLocation("bucket", "folder/new/a.zip"), Stop);
        Assert.True(await uploads.CompleteAsync(upload, [], overwrites: false, Stop));
        Assert.True(File.Exists(_folder["root/bucket/folder/new/a.zip"]));
    }

    [Theory]
    [InlineData("folder")]
    [InlineData(".")]
    [InlineData("folder/../folder/.")]
    [InlineData("new/..")]
    public Task A_folder_is_refused(string key) => BeginRefusedAsync(key, BackendFault.Malformed, "is a folder");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_that_appears_at_the_destination_is_kept(bool overwrites)
    {
        var (upload, part) = await UploadAsync("later");
        Directory.CreateDirectory(_folder["root/bucket/later"]);

        await RefusedAsync(BackendFault.Malformed, async () => await _uploads.CompleteAsync(upload, [part], overwrites, Stop));
        Assert.True(Directory.Exists(_folder["root/bucket/later"]));
    }

    [Fact]
    public async Task A_file_that_appears_where_a_folder_must_be_is_kept()
    {
        var (upload, part) = await UploadAsync("later/a.zip");
        await _folder.WriteAsync("root/bucket/later", new byte[] { 1 });

        await RefusedAsync(BackendFault.Malformed, async () => await _uploads.CompleteAsync(upload, [part], overwrites: true, Stop));
    }

    [Theory]
    [InlineData(255, 1, true)]
    [InlineData(256, 1, false)]
    [InlineData(127, 2, true)]
    [InlineData(128, 2, false)]
    public async Task A_name_that_no_file_can_have_is_refused(int length, int bytesOfEach, bool isTaken)
    {
        var name = new string(bytesOfEach == 1 ? 'a' : 'ü', length);
        foreach (var key in (string[])[name, $"folder/{name}", $"new/{name}", $"{name}/a.zip", $"new/{name}/a.zip"])
        {
            var location = new ObjectLocation("bucket", key);
            if (isTaken)
            {
                _storage.CheckKey(location);
                await _uploads.AbortAsync(await _uploads.BeginAsync(location, Stop), Stop);
            }
            else
            {
                var thrown = Assert.Throws<BackendException>(() => _storage.CheckKey(location));
                Assert.Contains("longer than the file system takes", thrown.Message, StringComparison.Ordinal);
                Assert.False(thrown.IsTransient);
                await BeginRefusedAsync(key, BackendFault.Malformed, "longer than the file system takes");
            }
        }
    }

    [Fact]
    public async Task A_path_that_is_too_long_is_refused()
    {
        var key = string.Concat(Enumerable.Repeat("folder/", 600)) + "a.zip";
        Assert.Throws<BackendException>(() => _storage.CheckKey(new ObjectLocation("bucket", key)));
        await BeginRefusedAsync(key, BackendFault.Malformed, "longer");
    }

    [Fact]
    public Task A_name_that_is_not_UTF_8_is_refused() => BeginRefusedAsync("a.jpg\0\u0080", BackendFault.Malformed, "UTF-8");
}
