using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Egress.Backends;
using Egress.Downloads;
using Egress.Records;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

public sealed class ChecksumFileTests
{
    /// <summary>The size of an object in bytes that is larger than the buffer of the engine, so that its checksum follows its content.</summary>
    private const int Large = 100_000;

    private static readonly DownloadOptions Stored = new()
    {
        ChecksumFile = true,
        CompressionLevel = 0,
        StreamBufferSize = 16 << 10,
        IgnoreMissing = true,
        ReportMissing = true,
    };

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(9)]
    public async Task The_last_entry_has_the_digest_of_each_file_in_the_order_of_the_archive(int compressionLevel)
    {
        var fixture = Fixture(Stored with { CompressionLevel = compressionLevel }).Put(("b.txt", new byte[Large]), ("é/a.jpg", Bytes(10, 1)), ("empty.jpg", []));
        fixture.With(
            new ObjectItem("b.txt"), new ObjectItem("é/a.jpg") { Name = "é/a.jpg" }, new ObjectItem("empty.jpg"), new ObjectItem("gone"), new FolderItem("folder"));
        var whole = await fixture.WholeAsync();

        Assert.Equal(["b.txt", "é/a.jpg", "empty.jpg", "folder/", "_missing.json", "SHA256SUMS"], Names(whole));
        Assert.Equal(
            $"{Sha256(new byte[Large])}  b.txt\n{Sha256(Bytes(10, 1))}  é/a.jpg\n{Sha256([])}  empty.jpg\n{Sha256(Content(whole, "_missing.json"))}  _missing.json\n",
            Text(whole, "SHA256SUMS"));
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, true)]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(true, true, true)]
    [InlineData(false, false, false)]
    public async Task The_record_takes_precedence_over_the_setting(bool? record, bool setting, bool expected)
    {
        var fixture = Fixture(Stored with { ChecksumFile = setting }).Put(("a", Bytes(10, 1)));
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = fixture.Record.Objects, ChecksumFile = record };
        Assert.Equal(record ?? expected, Names(await fixture.WholeAsync()).Contains("SHA256SUMS"));
    }

    [Fact]
    public async Task An_archive_without_files_has_no_checksum_file()
    {
        var fixture = Fixture(Stored).With(new FolderItem("a"));
        Assert.Equal(["a/"], Names(await fixture.WholeAsync()));
    }

    [Fact]
    public async Task An_object_with_the_name_of_the_checksum_file_keeps_it()
    {
        var fixture = Fixture(Stored).Put(("sha256sums", Bytes(10, 1)), ("a", Bytes(10, 2)));
        var whole = await fixture.WholeAsync();
        Assert.Equal(["sha256sums", "a", "SHA256SUMS (2)"], Names(whole));
        Assert.Equal($"{Sha256(Bytes(10, 1))}  sha256sums\n{Sha256(Bytes(10, 2))}  a\n", Text(whole, "SHA256SUMS (2)"));
    }

    [Fact]
    public async Task No_name_needs_an_escape_of_sha256sum()
    {
        var fixture = Fixture(Stored).Put(("a\nb", [1]), ("c\\d", [2]), ("e\rf", [3]), ("-", [4]), (" g ", [5]), ("* h", [6]));
        var whole = await fixture.WholeAsync();
        Assert.Equal(
            [$"{Sha256([1])}  a_b", $"{Sha256([2])}  c/d", $"{Sha256([3])}  e_f", $"{Sha256([4])}  ./-", $"{Sha256([5])}   g", $"{Sha256([6])}  _ h", ""],
            Text(whole, "SHA256SUMS").Split('\n'));
    }

    [Fact]
    public async Task An_encrypted_archive_has_the_digests_of_the_contents_and_an_exact_length()
    {
        var fixture = Fixture(Stored with { AllowPasswordProtected = true }).Put(("a", Bytes(Large, 1)));
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = fixture.Record.Objects, Password = "secret" };
        var (length, whole) = ((await fixture.PlanAsync()).Length, await fixture.WholeAsync());
        Assert.Equal(length, whole.Length);
        using var zip = new ICSharpCode.SharpZipLib.Zip.ZipFile(new MemoryStream(whole)) { Password = "secret" };
        using var sums = new StreamReader(zip.GetInputStream(zip.GetEntry("SHA256SUMS")));
        Assert.Equal($"{Sha256(Bytes(Large, 1))}  a\n", await sums.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_range_that_begins_anywhere_makes_the_whole_with_known_and_with_unknown_digests(bool isRemote)
    {
        var storage = new ScriptedStorage { IsRemote = isRemote };
        var fixture = new DownloadFixture(storage, new MemoryCrcCache()) { Options = Stored }.Put(("a", Bytes(90, 1)), ("b", []), ("c", Bytes(120, 2)));
        fixture.With(new ObjectItem("a"), new ObjectItem("b"), new ObjectItem("gone"), new ObjectItem("c"), new FolderItem("f"));
        var whole = await fixture.WholeAsync();
        for (var from = 0; from < whole.Length; from++)
        {
            Assert.Equal(whole[from..], await fixture.FromAsync(from));
            Assert.Equal(whole[from..], await Restarted(fixture, new MemoryCrcCache()).FromAsync(from));
            var to = Math.Min(whole.Length, from + 40);
            Assert.Equal(whole[from..to], (await Restarted(fixture, new MemoryCrcCache()).DownloadAsync(new ArchiveRange(from, to))).Bytes);
        }
    }

    [Fact]
    public async Task A_resume_at_every_border_of_large_entries_is_the_same_in_a_new_process()
    {
        var fixture = Fixture(Stored).Put([.. Enumerable.Range(0, 700).Select(i => ($"{i:d4}{new string('n', 80)}", Bytes(i < 3 ? Large : 5, i)))]);
        var whole = await fixture.WholeAsync();
        var plan = await fixture.PlanAsync();
        Assert.InRange(plan.ChecksumFile!.Size, 70_000, long.MaxValue);
        var borders = new HashSet<long> { plan.Layout.DirectoryOffset, plan.Layout.DirectoryOffset + plan.Layout.DirectoryLength };
        var (start, record) = (0L, plan.Layout.DirectoryOffset);
        foreach (var (i, planned) in plan.Manifest.EntriesFromBlock(0).Index())
        {
            var extent = plan.Layout.ExtentOf(planned.Entry, start, record);
            (start, record) = (extent.End, extent.RecordEnd);
            if (i is 0 or 3 or 31 or 32 or > 698)
            {
                borders.UnionWith([extent.Start, extent.DataStart, (extent.DataStart + extent.DataEnd) / 2, extent.DataEnd, extent.End]);
                borders.UnionWith([extent.RecordStart, (extent.RecordStart + extent.RecordEnd) / 2, extent.RecordEnd]);
            }
        }

        Assert.Equal(plan.Manifest.ChecksumFileExtent, plan.Layout.ExtentOf(plan.ChecksumFile.Entry, plan.Manifest.ChecksumFileExtent.Start, plan.Manifest.ChecksumFileExtent.RecordStart));
        Assert.Equal((plan.Layout.DirectoryOffset, record), (start, plan.Manifest.ChecksumFileExtent.RecordEnd));
        foreach (var from in borders.SelectMany(static border => new[] { border - 1, border, border + 1 }).Where(from => from > 0 && from < whole.Length))
        {
            Assert.Equal(whole[(int)from..], await Restarted(fixture, fixture.Cache).FromAsync(from));
            Assert.Equal(whole[(int)from..], await Restarted(fixture, new MemoryCrcCache()).FromAsync(from));
            var to = Math.Min(whole.Length, (int)from + 100);
            Assert.Equal(whole[(int)from..to], (await Restarted(fixture, new MemoryCrcCache()).DownloadAsync(new ArchiveRange(from, to))).Bytes);
        }
    }

    [Fact]
    public async Task A_range_within_the_directory_needs_digests_only_for_the_record_of_the_checksum_file()
    {
        var fixture = Fixture(Stored).Put([.. Enumerable.Range(0, 100).Select(i => ($"{i:d3}", Bytes(Large / 10, i)))]);
        var whole = await fixture.WholeAsync();
        var (plan, extent) = (await fixture.PlanAsync(), (await fixture.PlanAsync()).Manifest.ChecksumFileExtent);
        fixture.TakeOpened();
        fixture.Cache.Digests.Digests.Clear();
        foreach (var (from, to, reads) in new[]
        {
            (plan.Layout.DirectoryOffset, plan.Layout.DirectoryOffset + 10, 0),
            (extent.RecordStart - 1, extent.RecordStart, 0),
            (extent.RecordEnd, whole.Length, 0),
            (extent.RecordStart, extent.RecordStart + 1, 100),
            (extent.RecordStart, extent.RecordStart + 1, 0), // their checksums are known by now
        })
        {
            Assert.Equal(whole[(int)from..(int)to], (await Restarted(fixture, fixture.Cache).DownloadAsync(new ArchiveRange(from, to))).Bytes);
            Assert.Equal((from, reads), (from, fixture.TakeOpened().Count));
        }
    }

    [Fact]
    public async Task Only_objects_without_a_known_digest_are_read_again()
    {
        var fixture = Fixture(Stored).Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)), ("c", Bytes(Large, 3)));
        var whole = await fixture.WholeAsync();
        Assert.Equal((3, 3), (fixture.Cache.Crcs.Count, fixture.Cache.Digests.Digests.Count));
        var plan = await fixture.PlanAsync();
        fixture.TakeOpened();

        await Restarted(fixture, fixture.Cache).FromAsync((2 * Large) + 1_000);
        Assert.Equal([("c", true)], fixture.TakeOpened().Select(static opened => (opened.Key, opened.Range.Offset > 0)));

        // The digests were deleted, but the CRC-32s are stored. A range that contains the file of checksums reads every object. An earlier range
        // reads only its own objects.
        fixture.Cache.Digests.Digests.Clear();
        await Restarted(fixture, fixture.Cache).DownloadAsync(new ArchiveRange((2 * Large) + 1_000, (2 * Large) + 2_000));
        Assert.Equal(["c"], fixture.TakeOpened().Select(static opened => opened.Key));
        await Restarted(fixture, fixture.Cache).FromAsync(plan.Layout.DirectoryOffset + plan.Layout.DirectoryLength);
        Assert.Empty(fixture.TakeOpened());
        await Restarted(fixture, fixture.Cache).FromAsync(plan.Layout.DirectoryOffset);
        Assert.Equal(["a", "b", "c"], fixture.TakeOpened().Select(static opened => opened.Key));

        // The resumed download has stored the checksums that it computed.
        Assert.Equal(whole[^200..], await Restarted(fixture, fixture.Cache).FromAsync(whole.Length - 200));
        Assert.Empty(fixture.TakeOpened());
    }

    [Fact]
    public async Task Declared_checksums_do_not_stand_for_digests()
    {
        var fixture = Fixture(Stored).Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        fixture.With([.. fixture.Storage.Objects.Select(static o => new ObjectItem(o.Key) { Crc32 = System.IO.Hashing.Crc32.HashToUInt32(o.Value) })]);
        var whole = await fixture.WholeAsync();
        Assert.Equal((0, 2), (fixture.Cache.Crcs.Count, fixture.Cache.Digests.Digests.Count));
        Assert.Equal(whole[^300..], await Restarted(fixture, new MemoryCrcCache()).FromAsync(whole.Length - 300));
    }

    [Fact]
    public async Task An_account_that_may_not_keep_digests_still_keeps_CRCs()
    {
        var fixture = Fixture(Stored);
        fixture.Cache.Digests.Fault = new BackendException(Backend.Database, BackendFault.Denied, "no table");
        fixture.Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        var whole = await fixture.WholeAsync();
        Assert.Equal(whole[^300..], await fixture.FromAsync(whole.Length - 300));
        Assert.Equal(2, fixture.Cache.Crcs.Count);
        Assert.Single(fixture.Log.GetSnapshot());
    }

    [Fact]
    public async Task Archives_without_the_file_compute_and_look_up_no_digests()
    {
        var fixture = Fixture(Stored with { ChecksumFile = false }).Put(("a", Bytes(Large, 1)));
        var whole = await fixture.WholeAsync();
        await fixture.FromAsync(whole.Length - 100);
        Assert.Empty(fixture.Cache.Digests.Queries);
        Assert.Empty(fixture.Cache.Digests.Inserts);
    }

    [Fact]
    public async Task The_setting_changes_the_ETag_and_a_validator_outlasts_versions_of_Egress()
    {
        var fixture = Fixture(Stored).Put(("a.jpg", [1]), ("b.jpg", [1, 2, 3]));
        var other = Restarted(fixture, new MemoryCrcCache(), Stored with { ChecksumFile = false });
        var etag = (await fixture.PlanAsync()).ETag;
        Assert.NotEqual((await other.PlanAsync()).ETag, etag);
        Assert.Equal("\"b1ba326936c82c5096d8b1a4276a2cc1\"", etag);
    }

    [Fact]
    public async Task Only_the_sent_objects_count_as_files()
    {
        var fixture = Fixture(Stored).Put(("a", [1]), ("b", [2]));
        var (_, outcome) = await fixture.DownloadAsync();
        Assert.Equal((DownloadStatus.Completed, 2, 2, 2L), (outcome.Status, outcome.FilesRequested, outcome.FilesSucceeded, outcome.SourceBytes));
    }

    private static DownloadFixture Fixture(DownloadOptions options) => new() { Options = options };

    private static DownloadFixture Restarted(DownloadFixture fixture, MemoryCrcCache cache, DownloadOptions? options = null) =>
        new(fixture.Storage, cache) { Record = fixture.Record, Options = options ?? fixture.Options };

    private static string[] Names(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        return [.. zip.Entries.Select(static entry => entry.FullName)];
    }

    private static string Text(byte[] archive, string name) => Encoding.UTF8.GetString(Content(archive, name));

    private static byte[] Content(byte[] archive, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        using var content = zip.GetEntry(name)!.Open();
        var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
