using System.IO.Compression;
using System.IO.Hashing;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Planning;
using Egress.Records;
using Egress.Signing;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

/// <summary>Tests of selections from an archive, and of single files of an archive.</summary>
public sealed class PartPlannerTests
{
    private static readonly DownloadRequest Whole = new("id", null, null);

    private readonly DownloadFixture _fixture = new DownloadFixture().Put(
        ("1/a.jpg", Bytes(70_000, 1)), ("2/a.jpg", Bytes(10, 2)), ("3/c.txt", []), ("4/d.jpg", Bytes(100_000, 4)));

    [Theory]
    [InlineData("1", "a.jpg")]
    [InlineData("2", "a (2).jpg")]
    [InlineData("2-4", "a (2).jpg c.txt d.jpg")]
    [InlineData("4,1", "a.jpg d.jpg")]
    public async Task A_selection_has_the_entries_of_the_whole_archive_and_its_exact_length(string files, string expected)
    {
        var plan = await PlanAsync(Select(files));
        var bytes = await DownloadAsync(plan);
        Assert.Equal(plan.Length, bytes.Length);
        using var zip = new ZipArchive(new MemoryStream(bytes));

        Assert.Equal(expected, string.Join(' ', zip.Entries.Select(static entry => entry.FullName)));
        Assert.All(zip.Entries, static entry =>
        {
            using var content = entry.Open();
            content.CopyTo(Stream.Null);
        });
        Assert.Equal((zip.Entries.Count, 0, 0), (plan.RequestedCount, plan.MissingCount, plan.UnavailableCount));
    }

    private string Sha256(string key) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(_fixture.Storage.Objects[key]));

    [Fact]
    public async Task Each_part_has_a_validator_of_its_own()
    {
        var etags = new List<string?> { (await PlanAsync(Whole)).ETag };
        foreach (var files in new[] { "1", "2", "1-2", "1,3" })
        {
            etags.Add((await PlanAsync(Select(files))).ETag);
        }

        etags.Add((await PlanAsync(File("1"))).ETag);
        etags.Add((await PlanAsync(File("2"))).ETag);
        Assert.All(etags, static etag => Assert.Matches("^\"[0-9a-f]{32}(-[0-9a-f]+)?\"$", etag));
        Assert.Equal(etags.Count, etags.Distinct().Count());
        Assert.Equal((await PlanAsync(Select("2,1"))).ETag, (await PlanAsync(Select("1-2"))).ETag);
        Assert.Equal(etags[0], (await PlanAsync(Select("1-4"))).ETag);
    }

    [Fact]
    public async Task A_part_of_an_archive_that_is_compressed_can_be_resumed_if_the_part_is_not()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions() }.Put(("a.txt", Bytes(1000, 1)), ("b.jpg", Bytes(1000, 2)));
        Assert.Null((await PlanAsync(fixture, Whole)).ETag);
        Assert.Null((await PlanAsync(fixture, Select("1"))).ETag);
        var photo = await PlanAsync(fixture, Select("2"));
        Assert.NotNull(photo.ETag);
        Assert.Equal(photo.Length, (await DownloadAsync(fixture, photo)).Length);
        fixture.Put(("a.txt", Bytes(1000, 1)), ("b.jpg", Bytes(1001, 2)));
        Assert.NotEqual(photo.ETag, (await PlanAsync(fixture, Select("2"))).ETag);
        Assert.Equal(fixture.Storage.Objects["a.txt"], await DownloadAsync(fixture, await PlanAsync(fixture, File("1"))));
    }

    [Fact]
    public async Task Two_ranges_of_a_selection_make_the_whole_of_it()
    {
        var plan = await PlanAsync(Select("1,4"));
        var whole = await DownloadAsync(plan);
        foreach (var cut in new[] { 1, 60_000, 70_100, 170_000, whole.Length - 1 })
        {
            var rest = await DownloadAsync(plan, new ArchiveRange(cut, whole.Length));
            Assert.Equal(whole[cut..], rest);
        }
    }

    [Fact]
    public async Task A_selection_has_a_checksum_file_of_its_own_files_and_a_file_alone_has_none()
    {
        var before = await PlanAsync(Select("1,4"));
        _fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = _fixture.Record.Objects, ChecksumFile = true };
        var plan = await PlanAsync(Select("1,4"));
        var bytes = await DownloadAsync(plan);
        Assert.Equal(plan.Length, bytes.Length);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["a.jpg", "d.jpg", "SHA256SUMS"], zip.Entries.Select(static entry => entry.FullName));
        using var sums = new StreamReader(await zip.Entries[2].OpenAsync(Token));
        Assert.Equal($"{Sha256("1/a.jpg")}  a.jpg\n{Sha256("4/d.jpg")}  d.jpg\n", await sums.ReadToEndAsync(Token));
        foreach (var cut in new[] { 1, 60_000, 70_100, 170_300, bytes.Length - 100, bytes.Length - 1 })
        {
            Assert.Equal(bytes[cut..], await DownloadAsync(plan, new ArchiveRange(cut, bytes.Length)));
        }

        // The list of checksums has no number, and does not change the numbers of the files.
        Assert.NotEqual(before.ETag, plan.ETag);
        Assert.Equal(EntryListDigest.Of(before.Objects), EntryListDigest.Of(plan.Objects));
        Assert.Equal(RejectionReason.FileNotFound, (await _fixture.Planner().PlanAsync(File("5"), Token)).Rejection?.Reason);
        Assert.Equal(RejectionReason.SelectionOutOfRange, (await _fixture.Planner().PlanAsync(Select("5"), Token)).Rejection?.Reason);
        Assert.Equal(_fixture.Storage.Objects["4/d.jpg"], await DownloadAsync(await PlanAsync(File("4"))));
    }

    [Theory]
    [InlineData("", RejectionReason.SelectionEmpty)]
    [InlineData("0", RejectionReason.SelectionMalformed)]
    [InlineData("3-1", RejectionReason.SelectionMalformed)]
    [InlineData("x", RejectionReason.SelectionMalformed)]
    [InlineData("5", RejectionReason.SelectionOutOfRange)]
    [InlineData("1-5", RejectionReason.SelectionOutOfRange)]
    [InlineData("1-99999999999", RejectionReason.SelectionOutOfRange)]
    public async Task Other_selections_are_refused(string files, object reason)
    {
        var rejection = (await _fixture.Planner().PlanAsync(Select(files), Token)).Rejection;
        Assert.Equal(reason, rejection?.Reason);
        Assert.Equal(reason is RejectionReason.SelectionOutOfRange ? 4 : null, rejection?.EntryCount);
    }

    [Fact]
    public async Task The_answer_for_a_refused_link_does_not_mention_the_selection()
    {
        var planner = Planner(_fixture, new ManifestOptions(), new SigningOptions { Secret = "secret", Enforce = true });
        Assert.Equal(RejectionReason.SignatureRequired, (await planner.PlanAsync(Select("x"), Token)).Rejection?.Reason);
    }

    [Theory]
    [InlineData("1", "a.jpg", "1/a.jpg")]
    [InlineData("2", "a (2).jpg", "2/a.jpg")]
    [InlineData("3", "c.txt", "3/c.txt")]
    [InlineData("4", "d.jpg", "4/d.jpg")]
    public async Task A_single_file_has_the_bytes_of_its_object(string number, string name, string key)
    {
        var plan = await PlanAsync(File(number));
        Assert.Equal((name, _fixture.Storage.Objects[key].Length), (plan.File?.Name, plan.Length));
        Assert.Equal(_fixture.Storage.Objects[key], plan.Length == 0 ? [] : await DownloadAsync(plan));
    }

    [Fact]
    public async Task A_range_of_a_file_alone_opens_the_object_there_and_under_its_validator()
    {
        var plan = await PlanAsync(File("4"));
        var bytes = await DownloadAsync(plan, plan.File!.InArchive(new ArchiveRange(90_000, 95_000)));
        Assert.Equal(_fixture.Storage.Objects["4/d.jpg"][90_000..95_000], bytes);
        var (key, range) = Assert.Single(_fixture.TakeOpened());
        Assert.Equal(("4/d.jpg", 90_000, "\"4/d.jpg\""), (key, range.Offset, range.IfMatch));
    }

    [Fact]
    public async Task A_single_file_that_differs_from_the_record_breaks_the_transfer()
    {
        _fixture.With(new ObjectItem("4/d.jpg") { Crc32 = 1 });
        var plan = await PlanAsync(File("1"));
        using var lifetime = new Egress.Downloads.Streaming.DownloadLifetime(_fixture.Options, _fixture.Time, Token);
        await using var transfer = await _fixture.Streamer.OpenAsync(plan, plan.File!.InArchive(ArchiveRange.All), lifetime);
        using var sent = new MemoryStream();
        await transfer.PrepareAsync(System.IO.Pipelines.PipeWriter.Create(sent));
        var outcome = await transfer.SendAsync();
        Assert.Equal((DownloadStatus.Failed, FailureReason.ObjectChanged), (outcome.Status, outcome.Reason));
        Assert.True(sent.ToArray().Length < 100_000);
    }

    [Fact]
    public async Task A_single_file_that_is_sent_completely_is_complete_and_its_checksum_is_stored()
    {
        var plan = await PlanAsync(File("4"));
        using var lifetime = new Egress.Downloads.Streaming.DownloadLifetime(_fixture.Options, _fixture.Time, Token);
        await using (var transfer = await _fixture.Streamer.OpenAsync(plan, plan.File!.InArchive(ArchiveRange.All), lifetime))
        {
            await transfer.PrepareAsync(System.IO.Pipelines.PipeWriter.Create(Stream.Null));
            var outcome = await transfer.SendAsync();
            Assert.Equal(
                (DownloadStatus.Completed, true, false, 1, 1, 100_000),
                (outcome.Status, outcome.ReachesEnd, outcome.IsResumed, outcome.FilesRequested, outcome.FilesSucceeded, outcome.ArchiveBytes));
        }

        Assert.Equal(Crc32.HashToUInt32(_fixture.Storage.Objects["4/d.jpg"]), Assert.Single(_fixture.Cache.Crcs).Value);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("-1")]
    [InlineData("1-2")]
    [InlineData("a.jpg")]
    [InlineData("99999999999")]
    [InlineData("+1")]
    [InlineData(" 1")]
    public async Task There_is_no_file_with_another_number(string number) =>
        Assert.Equal(RejectionReason.FileNotFound, (await _fixture.Planner().PlanAsync(File(number), Token)).Rejection?.Reason);

    [Fact]
    public async Task Folders_have_a_number_and_are_no_file()
    {
        _fixture.With(new FolderItem("empty/"), new ObjectItem("2/a.jpg"));
        Assert.Equal(RejectionReason.FileNotFound, (await _fixture.Planner().PlanAsync(File("2"), Token)).Rejection?.Reason);
        var plan = await PlanAsync(Select("2"));
        Assert.Equal((0, "empty/"), (plan.RequestedCount, Assert.Single(plan.Objects).Entry.Name));
    }

    [Fact]
    public async Task The_report_of_missing_objects_is_the_last_entry()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { CompressionLevel = 0, IgnoreMissing = true, ReportMissing = true } };
        fixture.Put(("a.jpg", Bytes(10, 1))).With(new ObjectItem("a.jpg"), new ObjectItem("gone.jpg"));
        var report = await PlanAsync(fixture, Select("2"));
        Assert.Equal((0, 0, "_missing.json"), (report.RequestedCount, report.MissingCount, Assert.Single(report.Objects).Entry.Name));
        using var zip = new ZipArchive(new MemoryStream(await DownloadAsync(fixture, report)));
        Assert.Equal(report.Objects.Single().Size, Assert.Single(zip.Entries).Length);
        var alone = await PlanAsync(fixture, File("2"));
        Assert.Contains("gone.jpg", System.Text.Encoding.UTF8.GetString(await DownloadAsync(fixture, alone)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_a_record_with_a_password_is_only_sent_in_an_encrypted_selection()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { AllowPasswordProtected = true, CompressionLevel = 0 } }.Put(("a.jpg", Bytes(10, 1)), ("b.jpg", Bytes(10, 2)));
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = fixture.Record.Objects, Password = "secret" };
        Assert.Equal(RejectionReason.FileEncrypted, (await fixture.Planner().PlanAsync(File("1"), Token)).Rejection?.Reason);
        var plan = await PlanAsync(fixture, Select("1"));
        Assert.Equal((null, "secret"), (plan.ETag, plan.ZipOptions.Password));
        var bytes = await DownloadAsync(fixture, plan);
        Assert.Equal(plan.Length, bytes.Length);
        Assert.False(bytes.AsSpan().IndexOf(fixture.Storage.Objects["a.jpg"]) >= 0);
    }

    [Fact]
    public async Task Numbers_of_a_list_that_has_changed_are_refused()
    {
        var list = EntryListDigest.Of((await PlanAsync(Whole)).Objects);
        Assert.Matches("^[A-Za-z0-9_-]{11}$", list);
        Assert.NotNull((await PlanAsync(Select("2") with { List = list })).Selection);
        Assert.NotNull((await PlanAsync(File("2") with { List = list })).File);

        _fixture.Storage.Objects["2/a.jpg"] = Bytes(20, 9); // other content with the same names
        Assert.NotNull((await PlanAsync(Select("2") with { List = list })).Selection);

        _fixture.With(new ObjectItem("4/d.jpg"), new ObjectItem("1/a.jpg"), new ObjectItem("2/a.jpg"), new ObjectItem("3/c.txt"));
        Assert.Equal(RejectionReason.ListChanged, (await _fixture.Planner().PlanAsync(Select("2") with { List = list }, Token)).Rejection?.Reason);
        Assert.Equal(RejectionReason.ListChanged, (await _fixture.Planner().PlanAsync(File("2") with { List = list }, Token)).Rejection?.Reason);
        Assert.NotNull((await PlanAsync(Whole with { List = list })).Manifest);
    }

    [Fact]
    public async Task A_part_is_resumed_from_the_manifest_with_which_it_began()
    {
        _fixture.With(new PrefixItem(""));
        var planner = Planner(_fixture, new ManifestOptions { Reuse = TimeSpan.Zero }, new SigningOptions());
        foreach (var request in new[] { Select("2"), File("2") })
        {
            var before = (await planner.PlanAsync(request, Token)).Plan!;
            _fixture.Storage.Objects[$"0/{request.File}"] = Bytes(5, 5);
            var after = (await planner.PlanAsync(request, Token)).Plan!;
            var resumed = (await planner.PlanAsync(request with { ETags = [before.ETag!] }, Token)).Plan!;
            Assert.NotEqual(before.ETag, after.ETag);
            Assert.Equal(
                (before.ETag, before.Objects.Single().Entry.Name, before.KeptManifest),
                (resumed.ETag, resumed.Objects.Single().Entry.Name, resumed.KeptManifest));
        }
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DownloadRequest Select(params string[] files) => Whole with { Files = files };

    private static DownloadRequest File(string number) => Whole with { File = number };

    private static DownloadPlanner Planner(DownloadFixture fixture, ManifestOptions manifests, SigningOptions signing) => new(
        new LinkSigner(signing), fixture, fixture.Storage, new TestManifests(manifests, fixture.Time).Cache, fixture.Limits, fixture.Options, fixture.Time);

    private Task<DownloadPlan> PlanAsync(DownloadRequest request) => PlanAsync(_fixture, request);

    private static async Task<DownloadPlan> PlanAsync(DownloadFixture fixture, DownloadRequest request) =>
        Assert.IsType<DownloadPlan>((await fixture.Planner().PlanAsync(request, Token)).Plan);

    private Task<byte[]> DownloadAsync(DownloadPlan plan, ArchiveRange? range = null) => DownloadAsync(_fixture, plan, range);

    private static async Task<byte[]> DownloadAsync(DownloadFixture fixture, DownloadPlan plan, ArchiveRange? range = null)
    {
        var (bytes, outcome) = await fixture.DownloadAsync(plan, range ?? plan.File?.InArchive(ArchiveRange.All) ?? ArchiveRange.All);
        Assert.Equal(FailureReason.None, outcome.Reason);
        return bytes;
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
