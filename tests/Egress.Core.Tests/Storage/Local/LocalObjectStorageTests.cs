using System.Text;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Local;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Storage.Local;

/// <summary>Tests of what only a storage on disk does. The tests of all storages are in <c>ObjectStorageContract</c> in the integration tests.</summary>
public sealed class LocalObjectStorageTests : IDisposable
{
    private readonly LocalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<string?> ReadAsync(IObjectStorage storage, string bucket, string key)
    {
        await using var opened = await storage.OpenAsync(new ObjectLocation(bucket, key), ObjectRange.All, Stop);
        if (opened is null)
        {
            return null;
        }

        using var reader = new StreamReader(opened.Content, Encoding.UTF8);
        return await reader.ReadToEndAsync(Stop);
    }

    private static async Task AssertFaultAsync(BackendFault expected, IObjectStorage storage, string bucket, string key)
    {
        var location = new ObjectLocation(bucket, key);
        var opening = await Assert.ThrowsAsync<BackendException>(async () => await storage.OpenAsync(location, ObjectRange.All, Stop));
        var lookUp = await Assert.ThrowsAsync<BackendException>(async () => await storage.LookUpAsync(location, Stop));
        Assert.Equal((expected, Backend.Storage), (opening.Fault, opening.Backend));
        Assert.Equal(expected, lookUp.Fault);
        Assert.Null(Assert.Single(await storage.LookUpAllAsync([location], Stop)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bucket_and_key_are_the_path_below_the_root(bool portable)
    {
        _folder.Write("bucket/a/b.txt", "nested");
        _folder.Write("plain.txt", "no bucket");
        var storage = _folder.Open(portable);

        Assert.Equal("nested", await ReadAsync(storage, "bucket", "a/b.txt"));
        Assert.Equal("nested", await ReadAsync(storage, "bucket/a", "b.txt"));
        Assert.Equal("nested", await ReadAsync(storage, "bucket", "a//./x/../b.txt"));
        Assert.Equal("no bucket", await ReadAsync(storage, "", "plain.txt"));
    }

    [Theory]
    [InlineData("", "../outside.txt")]
    [InlineData("..", "outside.txt")]
    [InlineData("bucket", "../../outside.txt")]
    [InlineData("bucket/../..", "outside.txt")]
    [InlineData("", "../files-secret/twin.txt")]
    [InlineData("../files-secret", "twin.txt")]
    [InlineData("bucket", "a\0.txt")]
    [InlineData("buck\0et", "a.txt")]
    [InlineData("", "../../../../../../../../etc/passwd")]
    public async Task A_path_outside_of_the_root_is_denied(string bucket, string key)
    {
        _folder.WriteNextTo("outside.txt", "secret");
        _folder.WriteNextTo("files-secret/twin.txt", "secret");
        _folder.Write("bucket/a.txt", "fine");

        await AssertFaultAsync(BackendFault.Denied, _folder.Open(portable: false), bucket, key);
        await AssertFaultAsync(BackendFault.Denied, _folder.Open(portable: true), bucket, key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_absolute_key_or_bucket_stays_below_the_root(bool portable)
    {
        var secret = _folder.WriteNextTo("outside.txt", "secret");
        _folder.Write("/etc/passwd", "mine");
        var storage = _folder.Open(portable);

        Assert.Null(await ReadAsync(storage, "", secret));
        Assert.Null(await ReadAsync(storage, Path.GetDirectoryName(secret)!, "outside.txt"));
        Assert.Equal("mine", await ReadAsync(storage, "", "/etc/passwd"));
        Assert.Equal("mine", await ReadAsync(storage, "/etc", "passwd"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Links_are_followed_inside_the_root_only(bool portable)
    {
        _folder.WriteNextTo("secret/outside.txt", "secret");
        _folder.WriteNextTo("files-secret/twin.txt", "secret");
        _folder.Write("real/inside.txt", "inside");
        File.CreateSymbolicLink(_folder.At("to-file"), _folder.At("real/inside.txt"));
        File.CreateSymbolicLink(_folder.At("relative"), "real/inside.txt");
        Directory.CreateSymbolicLink(_folder.At("to-folder"), _folder.At("real"));
        File.CreateSymbolicLink(_folder.At("out-file"), _folder.NextTo("secret/outside.txt"));
        File.CreateSymbolicLink(_folder.At("out-relative"), "../secret/outside.txt");
        Directory.CreateSymbolicLink(_folder.At("out-folder"), _folder.NextTo("secret"));
        Directory.CreateSymbolicLink(_folder.At("twin"), _folder.NextTo("files-secret"));
        Directory.CreateSymbolicLink(_folder.At("first"), _folder.At("out-folder"));
        var storage = _folder.Open(portable);

        Assert.Equal("inside", await ReadAsync(storage, "", "to-file"));
        Assert.Equal("inside", await ReadAsync(storage, "", "relative"));
        Assert.Equal("inside", await ReadAsync(storage, "to-folder", "inside.txt"));
        foreach (var key in new[] { "out-file", "out-relative", "out-folder/outside.txt", "twin/twin.txt", "first/outside.txt" })
        {
            await AssertFaultAsync(BackendFault.Denied, storage, "", key);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_root_may_be_a_link_and_the_link_may_change(bool portable)
    {
        _folder.WriteNextTo("one/a.txt", "one");
        _folder.WriteNextTo("two/a.txt", "two");
        var link = _folder.NextTo("current");
        Directory.CreateSymbolicLink(link, _folder.NextTo("one"));
        var storage = LocalFolder.Open(link + "/", portable);
        Assert.Equal("one", await ReadAsync(storage, "", "a.txt"));
        Assert.Null(Assert.Single(await storage.LookUpAllAsync([new ObjectLocation("", "a.txt")], Stop)));

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, _folder.NextTo("two"));
        Assert.Equal("two", await ReadAsync(storage, "", "a.txt"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_path_that_leads_to_no_file_is_null(bool portable)
    {
        _folder.Write("file.txt", "x");
        File.CreateSymbolicLink(_folder.At("nowhere"), _folder.At("gone"));
        File.CreateSymbolicLink(_folder.At("circle"), _folder.At("circle"));
        var storage = _folder.Open(portable);

        foreach (var key in new[] { "gone.txt", "gone/a.txt", "file.txt/below", "nowhere", "circle", new string('x', 300) })
        {
            Assert.Null(await ReadAsync(storage, "", key));
            Assert.Null(await storage.LookUpAsync(new ObjectLocation("", key), Stop));
            Assert.Null(Assert.Single(await storage.LookUpAllAsync([new ObjectLocation("", key)], Stop)));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_lookup_returns_the_same_as_single_lookups(bool portable)
    {
        foreach (var path in (string[])["a.txt", "folder/b.txt", "folder/ünï 日本.txt", "folder/deep/c.txt", "folder2/d.txt", "bucket/e.txt"])
        {
            _folder.Write(path, path);
        }

        File.CreateSymbolicLink(_folder.At("folder/link.txt"), _folder.At("a.txt"));
        Directory.CreateSymbolicLink(_folder.At("linked"), _folder.At("folder"));
        var storage = _folder.Open(portable);
        ObjectLocation[] locations =
        [
            .. ((string[])["a.txt", "folder/b.txt", "gone.txt", "folder/ünï 日本.txt", "folder/gone.txt", "folder/link.txt", "gone/x.txt", "folder/deep/c.txt",
                "linked/b.txt", "folder//./deep/../b.txt", "folder2/d.txt", "a.txt", "a.txt/below", "bucket/e.txt"]).Select(key => new ObjectLocation("", key)),
            new("bucket", "e.txt"),
            new("folder", "deep/c.txt"),
        ];

        var told = await storage.LookUpAllAsync(locations, Stop);

        // Properties are known of all files except missing ones and those that are reached through a symbolic link. They are known of no file where
        // the file system shows only on opening whether a file can be read.
        Assert.Equal(told[0] is null ? 0 : 10, told.Count(static properties => properties is not null));
        Assert.False(portable && told[0] is not null);
        Assert.Equal(locations.Length, told.Count);
        for (var i = 0; i < locations.Length; i++)
        {
            Assert.Equal(told[i] is null ? null : await storage.LookUpAsync(locations[i], Stop), told[i]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_storage_without_its_root_is_unavailable_and_recovers(bool portable)
    {
        _folder.Write("a.txt", "x");
        var storage = _folder.Open(portable);
        Directory.Move(_folder.Root, _folder.NextTo("unmounted"));
        await AssertFaultAsync(BackendFault.Unavailable, storage, "", "a.txt");
        await Assert.ThrowsAsync<BackendException>(async () => await storage.ListAsync(new ObjectPrefix("", ""), Stop).ToListAsync(Stop));

        Directory.Move(_folder.NextTo("unmounted"), _folder.Root);
        Assert.Equal("x", await ReadAsync(storage, "", "a.txt"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_in_place_of_a_file_is_a_fault(bool portable)
    {
        Directory.CreateDirectory(_folder.At("folder"));
        var storage = _folder.Open(portable);

        await AssertFaultAsync(BackendFault.Malformed, storage, "", "folder");
        await AssertFaultAsync(BackendFault.Malformed, storage, "", "folder/");
        await AssertFaultAsync(BackendFault.Malformed, storage, "", "");
    }

    [Fact]
    public async Task Opening_without_waiting_for_the_disk_refuses_what_ordinary_opening_refuses()
    {
        _folder.Write("a.txt", "inside");
        _folder.WriteNextTo("secret.txt", "outside");
        File.CreateSymbolicLink(_folder.At("link.txt"), _folder.NextTo("secret.txt"));
        Directory.CreateDirectory(_folder.At("folder"));
        var storage = _folder.Open(portable: false);
        var cached = (ICachedStorage)storage;
        await storage.LookUpAsync(new ObjectLocation("", "a.txt"), Stop);

        Assert.Null(cached.TryOpen(new ObjectLocation("", "link.txt"), ObjectRange.All));
        Assert.Null(cached.TryOpen(new ObjectLocation("", "missing.txt"), ObjectRange.All));
        Assert.Equal(
            BackendFault.Denied,
            Assert.Throws<BackendException>(() => cached.TryOpen(new ObjectLocation("", "../secret.txt"), ObjectRange.All)).Fault);

        // If the path is in the cache of the operating system, the result is the same object. Otherwise there is no result.
        if (cached.TryOpen(new ObjectLocation("", "a.txt"), ObjectRange.All) is { } opened)
        {
            await using (opened)
            {
                Assert.Equal("inside", await new StreamReader(opened.Content).ReadToEndAsync(Stop));
            }

            Assert.Throws<BackendException>(() => cached.TryOpen(new ObjectLocation("", "a.txt"), new ObjectRange(IfMatch: "another")));
            Assert.Throws<BackendException>(() => cached.TryOpen(new ObjectLocation("", "folder"), ObjectRange.All));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_shrinks_while_it_is_read_is_a_fault(bool portable)
    {
        var path = _folder.Write("a.bin", new string('x', 1000));
        await using var opened = await _folder.Open(portable).OpenAsync(new ObjectLocation("", "a.bin"), ObjectRange.All, Stop);
        await opened!.Content.ReadExactlyAsync(new byte[100], Stop);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(500);
        }

        var fault = await Assert.ThrowsAsync<BackendException>(() => opened.Content.CopyToAsync(Stream.Null, Stop));
        Assert.Equal(BackendFault.Changed, fault.Fault);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_grows_while_it_is_read_has_changed(bool portable)
    {
        var path = _folder.Write("a.txt", "short");
        await using var opened = await _folder.Open(portable).OpenAsync(new ObjectLocation("", "a.txt"), ObjectRange.All, Stop);
        await File.AppendAllTextAsync(path, " and more", Stop);

        // The metadata does not show whether bytes were appended to the content or a longer content replaced it.
        Assert.Equal(5, opened!.Properties.Size);
        await AssertChangedAsync(opened);
    }

    private static async Task AssertChangedAsync(OpenedObject opened) =>
        Assert.Equal(BackendFault.Changed, (await Assert.ThrowsAsync<BackendException>(() => opened.Content.CopyToAsync(Stream.Null, Stop))).Fault);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 100)]
    [InlineData(true, 0)]
    [InlineData(true, 100)]
    public async Task A_file_that_is_overwritten_while_it_is_read_is_not_sent_torn(bool portable, int before)
    {
        var path = _folder.Write("a.bin", new string('x', 1000));
        File.SetLastWriteTimeUtc(path, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        await using var opened = await _folder.Open(portable).OpenAsync(new ObjectLocation("", "a.bin"), ObjectRange.All, Stop);
        await opened!.Content.ReadExactlyAsync(new byte[before], Stop);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Write(new byte[1000]);
        }

        await AssertChangedAsync(opened);
    }

    [Fact]
    public async Task A_file_that_is_overwritten_and_given_its_old_time_again_is_not_sent_torn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs the time of the last change of metadata.");
        var path = _folder.Write("a.bin", new string('x', 1000));
        var time = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);
        var before = new FileInfo(path).LastWriteTimeUtc;
        await using var opened = await _folder.Open(portable: false).OpenAsync(new ObjectLocation("", "a.bin"), ObjectRange.All, Stop);
        await opened!.Content.ReadExactlyAsync(new byte[100], Stop);

        // Repeated, because file times have a resolution of some milliseconds.
        await Eventually.UntilAsync(
            () =>
            {
                File.WriteAllBytes(path, new byte[1000]);
                File.SetLastWriteTimeUtc(path, time);
                return Task.FromResult(opened.Content.ReadAsync(new byte[1], Stop).AsTask() is { IsFaulted: true });
            },
            "the read fails",
            Stop);
        Assert.Equal(before, new FileInfo(path).LastWriteTimeUtc);
        await AssertChangedAsync(opened);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_replaced_by_another_is_read_to_its_end(bool portable)
    {
        var path = _folder.Write("a.txt", "the old content");
        var replacement = _folder.Write("new.txt", "the new content");
        var storage = _folder.Open(portable);
        await using var opened = await storage.OpenAsync(new ObjectLocation("", "a.txt"), ObjectRange.All, Stop);
        await opened!.Content.ReadExactlyAsync(new byte[4], Stop);
        File.Move(replacement, path, overwrite: true);

        Assert.Equal("old content", await new StreamReader(opened.Content).ReadToEndAsync(Stop));
        Assert.Equal("the new content", await ReadAsync(storage, "", "a.txt"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_of_other_content_has_another_validator(bool portable)
    {
        var path = _folder.Write("a.txt", "one");
        File.SetLastWriteTimeUtc(path, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        var storage = _folder.Open(portable);
        var location = new ObjectLocation("", "a.txt");
        var before = await storage.LookUpAsync(location, Stop);
        Assert.Equal(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero), before!.Modified);

        File.WriteAllText(path, "two");
        var fault = await Assert.ThrowsAsync<BackendException>(
            async () => await storage.OpenAsync(location, new ObjectRange(IfMatch: before.ETag), Stop));
        Assert.Equal(BackendFault.Changed, fault.Fault);
    }

    [Fact]
    public async Task Both_ways_of_opening_give_the_same_validator()
    {
        _folder.Write("a.txt", "one");
        var location = new ObjectLocation("", "a.txt");
        Assert.Equal(
            await _folder.Open(portable: true).LookUpAsync(location, Stop), await _folder.Open(portable: false).LookUpAsync(location, Stop));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listing_contains_only_files_inside_the_root(bool portable)
    {
        _folder.WriteNextTo("secret/outside.txt", "secret");
        foreach (var key in new[] { "p/b/2.txt", "p/b.txt", "p/b/1.txt", "p/a.txt", "p/.hidden", "p/b-c/x", "q.txt", "p2/x" })
        {
            _folder.Write("bucket/" + key, key);
        }

        Directory.CreateDirectory(_folder.At("bucket/p/empty"));
        File.CreateSymbolicLink(_folder.At("bucket/p/link"), _folder.At("bucket/q.txt"));
        Directory.CreateSymbolicLink(_folder.At("bucket/p/out-folder"), _folder.NextTo("secret"));
        Directory.CreateSymbolicLink(_folder.At("bucket/p/circle"), _folder.At("bucket"));
        var storage = _folder.Open(portable);

        var keys = await storage.ListAsync(new ObjectPrefix("bucket", "p/"), Stop).Select(found => found.Location.Key).ToListAsync(Stop);

        Assert.Equal(["p/.hidden", "p/a.txt", "p/b-c/x", "p/b.txt", "p/b/1.txt", "p/b/2.txt", "p/link"], keys);
        await Assert.ThrowsAsync<BackendException>(
            async () => await storage.ListAsync(new ObjectPrefix("bucket", "../../secret/"), Stop).ToListAsync(Stop));
        await Assert.ThrowsAsync<BackendException>(
            async () => await storage.ListAsync(new ObjectPrefix("bucket", "p/out-folder/"), Stop).ToListAsync(Stop));
    }

    [Theory]
    [InlineData(false, "../secret/outside.txt", BackendFault.Denied)]
    [InlineData(true, "../secret/outside.txt", BackendFault.Denied)]
    [InlineData(false, "gone", BackendFault.Malformed)]
    [InlineData(true, "gone", BackendFault.Malformed)]
    [InlineData(false, "link", BackendFault.Malformed)]
    [InlineData(true, "link", BackendFault.Malformed)]
    [InlineData(false, "a.txt/below", BackendFault.Malformed)]
    [InlineData(true, "a.txt/below", BackendFault.Malformed)]
    public async Task A_listing_with_a_link_that_cannot_be_read_is_refused(bool portable, string target, BackendFault expected)
    {
        _folder.WriteNextTo("secret/outside.txt", "secret");
        _folder.Write("a.txt", "x");
        File.CreateSymbolicLink(_folder.At("link"), target);
        var storage = _folder.Open(portable);
        var refusal = await Assert.ThrowsAsync<BackendException>(async () => await storage.ListAsync(new ObjectPrefix("", ""), Stop).ToListAsync(Stop));
        Assert.Equal(expected, refusal.Fault);
    }

    [Theory]
    [InlineData("bucket", "../other/a.txt")]
    [InlineData("bucket", "x/../../other/a.txt")]
    [InlineData("bucket", "../bucket/b.txt")]
    [InlineData("bucket/deep", "../b.txt")]
    [InlineData("bucket", "..")]
    public async Task A_key_does_not_leave_the_folder_of_its_bucket(string bucket, string key)
    {
        _folder.Write("other/a.txt", "of another bucket");
        _folder.Write("bucket/b.txt", "mine");
        _folder.Write("bucket/deep/c.txt", "mine");
        foreach (var portable in (bool[])[false, true])
        {
            var storage = _folder.Open(portable);
            await AssertFaultAsync(BackendFault.Denied, storage, bucket, key);
            var listing = await Assert.ThrowsAsync<BackendException>(
                async () => await storage.ListAsync(new ObjectPrefix(bucket, key + "/"), Stop).ToListAsync(Stop));
            Assert.Equal(BackendFault.Denied, listing.Fault);
        }
    }
}
