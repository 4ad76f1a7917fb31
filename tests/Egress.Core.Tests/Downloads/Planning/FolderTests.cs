using Egress.Downloads;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests with folder markers among the objects, and with folders that a record requests.</summary>
public sealed class FolderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fold/|fold/a.jpg", "fold/a.jpg")]
    [InlineData("fold/a.jpg|fold/", "fold/a.jpg")]
    [InlineData("fold/sub/|fold/sub/a.jpg|fold/", "fold/sub/a.jpg")]
    [InlineData("empty/|a.jpg", "a.jpg|empty/")]
    [InlineData("empty/sub/|empty/|a.jpg", "a.jpg|empty/sub/")]
    [InlineData("fold|fold/", "fold|fold (2)/")]
    public async Task A_marker_is_left_out_or_becomes_an_empty_folder(string keys, string expected)
    {
        var plan = await Fixture(keys.Split('|'), EntryNameStyle.Path).PlanAsync();
        Assert.Equal(expected.Split('|'), plan.Objects.Select(o => o.Entry.Name));
        Assert.Equal(expected.Split('|').Count(name => !name.EndsWith('/')), plan.RequestedCount);
    }

    [Fact]
    public async Task Folder_markers_are_left_out_if_names_have_no_folders()
    {
        Assert.Equal(["a.jpg"], (await Fixture(["fold/", "fold/a.jpg"], EntryNameStyle.Basename).PlanAsync()).Objects.Select(o => o.Entry.Name));
        var result = await Fixture(["fold/"], EntryNameStyle.Basename).Planner().PlanAsync(new DownloadRequest("id", null, null), Token);
        Assert.Equal(RejectionReason.RecordEmpty, result.Rejection?.Reason);
    }

    [Theory]
    [InlineData("fold/", "fold/a.jpg", "fold/_|fold/a.jpg")]
    [InlineData("fold/a.jpg", "fold/", "fold/a.jpg|fold/_")]
    public async Task An_object_with_content_whose_key_ends_with_a_slash_renames_no_other(string first, string second, string expected)
    {
        var fixture = Fixture([first, second], EntryNameStyle.Path);
        fixture.Storage.Objects["fold/"] = [1];
        Assert.Equal(expected.Split('|'), (await fixture.PlanAsync()).Objects.Select(o => o.Entry.Name));
    }

    [Fact]
    public async Task A_marker_that_does_not_exist_is_missing()
    {
        var fixture = Fixture(["a.jpg"], EntryNameStyle.Path);
        fixture.With(new ObjectItem("a.jpg"), new ObjectItem("gone/"));
        var result = await fixture.Planner().PlanAsync(new DownloadRequest("id", null, null), Token);
        Assert.Equal(RejectionReason.ObjectMissing, result.Rejection?.Reason);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("password")]
    public async Task Every_reader_makes_the_folders_that_a_record_asks_for(string? password)
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { CompressionLevel = 0, AllowPasswordProtected = true, StreamBufferSize = 16 << 10 } };
        fixture.Put(("a.jpg", [1, 2, 3]));
        fixture.Record = new DownloadRecord
        {
            Id = "id",
            Bucket = "b",
            Password = password,
            Objects = [new FolderItem("leer/ünter"), new ObjectItem("a.jpg") { Name = "voll/a.jpg" }, new FolderItem("voll/"), new FolderItem("../oben/")],
        };
        var plan = await fixture.PlanAsync();
        Assert.Equal(["voll/a.jpg", "leer/ünter/", "oben/"], plan.Objects.Select(o => o.Entry.Name));
        var (archive, outcome) = await fixture.DownloadAsync();
        Assert.Equal((plan.Layout.Length, 1, 1), (archive.Length, outcome.FilesRequested, outcome.FilesSucceeded));
        if (password is null)
        {
            Assert.Equal(archive[200..], await fixture.FromAsync(200));
        }

        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("a.zip", archive);
        foreach (var reader in ZipReaders.All.Where(reader => password is null || reader.ReadsEncrypted))
        {
            Assert.Equal(ReadEntry.Of([1, 2, 3]), (await reader.UnpackAsync(path, password, Token))["voll/a.jpg"]);
        }

        using var zip = System.IO.Compression.ZipFile.OpenRead(path);
        Assert.All(zip.Entries.Where(entry => entry.FullName.EndsWith('/')), entry => Assert.Equal((0, 0), (entry.Length, entry.CompressedLength)));
        Assert.Equal([0x81A4u << 16, (0x41EDu << 16) | 0x10, (0x41EDu << 16) | 0x10], zip.Entries.Select(entry => (uint)entry.ExternalAttributes));
    }

    [Fact]
    public async Task A_record_with_only_an_empty_folder_gives_an_archive_with_this_folder()
    {
        var fixture = new DownloadFixture().With(new FolderItem("leer"));
        Assert.Equal(["leer/"], (await fixture.PlanAsync()).Objects.Select(o => o.Entry.Name));
        Assert.Equal(DownloadStatus.Completed, (await fixture.DownloadAsync()).Outcome.Status);
        Assert.Empty(fixture.Storage.Opened);
    }

    private static DownloadFixture Fixture(string[] keys, EntryNameStyle names) =>
        new DownloadFixture { Options = new DownloadOptions { EntryNames = names, StreamBufferSize = 16 << 10 } }
            .Put([.. keys.Select(key => (key, key.EndsWith('/') ? [] : new byte[] { 1 }))]);
}
