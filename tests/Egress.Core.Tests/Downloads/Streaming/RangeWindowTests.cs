using CsCheck;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Downloads.Manifests;
using Egress.Downloads.Streaming;
using Egress.Packing;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

/// <summary>Tests that count the entries that a range examines.</summary>
public sealed class RangeWindowTests
{
    private const int BlockLength = PackedList<PlannedObject>.BlockLength;

    [Fact]
    public void A_range_examines_only_the_blocks_that_it_needs()
    {
        const int count = 100_000;
        var plan = Plan(count);
        var (length, directory) = (plan.Layout.Length!.Value, plan.Layout.DirectoryOffset);
        var record = plan.Layout.DirectoryLength / count;

        // An object has 6 MB on average.
        Assert.InRange(Steps(plan, directory * 9 / 10, (directory * 9 / 10) + 50_000_000), 1, (2 * BlockLength) + 50);
        Assert.InRange(Steps(plan, directory / 2, (directory / 2) + 1), 1, BlockLength);
        Assert.InRange(Steps(plan, 0, 1000), 1, 1);
        Assert.InRange(Steps(plan, length - 1, length), 0, BlockLength);
        Assert.InRange(Steps(plan, directory, directory + 1), 1, BlockLength);
        var middle = directory + (plan.Layout.DirectoryLength / 2);
        Assert.InRange(Steps(plan, middle, middle + (200 * record)), 200, 200 + (3 * BlockLength));
        Assert.InRange(Steps(plan, length - 65_557, length), 1, (65_557 / record) + (2 * BlockLength));

        // The range contains content, and the central directory with the records of all earlier entries.
        Assert.Equal(count, Steps(plan, directory * 9 / 10, length));
    }

    /// <summary>A table of cases: the first byte of the range, in tenths of the content, and its end.</summary>
    [Theory]
    [InlineData(9, false)]
    [InlineData(5, false)]
    [InlineData(1, true)]
    public void A_range_with_content_and_records_begins_with_its_content(int tenths, bool endsInRecords)
    {
        const int count = 10_000;
        var plan = Plan(count);
        var from = plan.Layout.DirectoryOffset / 10 * tenths;
        var to = endsInRecords ? plan.Layout.DirectoryOffset + (plan.Layout.DirectoryLength / 100) : plan.Layout.Length!.Value;
        var steps = new RangePlan(plan, new ArchiveRange(from, to), static _ => Pieces.None).Steps().ToList();
        var content = steps.TakeWhile(static step => step.Action != RangeAction.Recall).Where(static step => step.Action is not (RangeAction.Flush or RangeAction.Checksum)).ToList();

        // No entry before the range is unpacked, so the first step is the first entry with content in the range.
        var first = content[0].Index;
        Assert.InRange(first, 1, count - 1);
        Assert.Equal(Enumerable.Range(first, count - first), content.Select(static step => step.Index));
        var records = steps.Where(static step => step.Action == RangeAction.Record).Select(static step => step.Index).ToList();
        Assert.Equal(Enumerable.Range(0, records.Count), records);
        Assert.True(endsInRecords ? records.Count < count / 50 : records.Count == first, $"{records.Count} records");
    }

    [Fact]
    public async Task Checksums_of_many_entries_before_the_range_are_looked_up_when_the_content_was_sent()
    {
        const int count = 1_500, before = 1_200, size = 100;
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, count).Select(static i => ($"{i:d4}", new byte[size]))]);
        var whole = await fixture.WholeAsync();
        var plan = await fixture.PlanAsync();
        var restarted = new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record };
        fixture.TakeOpened();
        using var client = new MemoryStream();
        var sent = new List<long>();
        fixture.Cache.BeforeFind = () => sent.Add(client.Length);
        fixture.Cache.Queries.Clear();
        var from = (int)((plan.Layout.DirectoryOffset / count * before) + size);
        var (_, outcome) = await restarted.DownloadAsync(plan, new ArchiveRange(from, whole.Length), client);
        Assert.Equal(FailureReason.None, outcome.Reason);
        Assert.Equal(whole[from..], client.ToArray());

        // The entry in which the range begins is looked up first, and then all entries before it, a thousand at a time. None of them is opened.
        Assert.Equal(count - before, restarted.TakeOpened().Count);
        Assert.Equal([1, 1_000, before - 1_000], restarted.Cache.Queries.Take(3));
        Assert.Equal([0, plan.Layout.DirectoryOffset - from, plan.Layout.DirectoryOffset - from], sent.Take(3));
    }

    [Fact]
    public void Only_checksums_of_entries_whose_records_are_in_the_range_are_looked_up()
    {
        var plan = Plan(10_000);
        var middle = plan.Layout.DirectoryOffset + (plan.Layout.DirectoryLength / 2);
        var recalled = new RangePlan(plan, new ArchiveRange(middle, middle + 1), static _ => Pieces.None).EntriesToRecall().ToList();
        var (index, planned) = Assert.Single(recalled);
        Assert.Equal(plan.Objects.ElementAt(index).Entry.Name, planned.Entry.Name);
        Assert.InRange(index, 4_900, 5_100);
    }

    [Fact]
    public async Task Any_range_of_an_archive_of_several_blocks_is_that_of_the_whole()
    {
        var objects = Gen.Select(Gen.Int[0, 60], Gen.Bool).Array[60, 200];
        await Gen.Select(objects, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0, 2]).SampleAsync(
            async (sizes, first, second, where) =>
            {
                var fixture = new DownloadFixture().Put([.. sizes.Select((size, i) => ($"{i:d3}{(size.Item2 ? "long" : "")}", new byte[size.Item1]))]);
                var whole = await fixture.WholeAsync();
                var layout = (await fixture.PlanAsync()).Layout;
                var lowest = where == 2 ? layout.DirectoryOffset : 0;
                var highest = where == 1 ? layout.DirectoryOffset : whole.Length;
                var from = lowest + (long)(Math.Min(first, second) * (highest - lowest - 1));
                var to = lowest + (long)(Math.Max(first, second) * (highest - lowest - 1)) + 1;
                foreach (var process in new[] { fixture, new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record } })
                {
                    var (bytes, outcome) = await process.DownloadAsync(new ArchiveRange(from, to));
                    Assert.Equal(whole[(int)from..(int)to], bytes);
                    Assert.Equal(to == whole.Length, outcome.ReachesEnd);
                    Assert.Equal(await EntriesBeforeAsync(process, to), outcome.FilesSucceeded);
                }
            },
            iter: 300);
    }

    [Fact]
    public async Task A_range_of_the_central_directory_reads_only_the_objects_whose_records_it_shows()
    {
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, 100).Select(i => ($"{i:d3}", new byte[80_000]))]);
        var whole = await fixture.WholeAsync();
        var layout = (await fixture.PlanAsync()).Layout;
        var record = layout.DirectoryLength / 100;
        var restarted = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record };
        fixture.TakeOpened();

        var range = new ArchiveRange(layout.DirectoryOffset + (40 * record), layout.DirectoryOffset + (43 * record));
        Assert.Equal(whole[(int)range.From..(int)range.To], (await restarted.DownloadAsync(range)).Bytes);
        Assert.Equal(["040", "041", "042"], restarted.TakeOpened().Select(opened => opened.Key));

        var end = new ArchiveRange(layout.Length!.Value - 22, layout.Length.Value);
        Assert.Equal(whole[^22..], (await restarted.DownloadAsync(end)).Bytes);
        Assert.Empty(restarted.TakeOpened());
    }

    /// <summary>A table of cases: whether the files are on a disk. Checksums of small files on a disk are not stored.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Small_files_are_read_once_for_all_ranges_of_the_central_directory_in_a_process(bool isLocal)
    {
        const int count = 2_100;
        var fixture = new DownloadFixture(new ScriptedStorage { IsRemote = !isLocal }, new MemoryCrcCache());
        fixture.Put([.. Enumerable.Range(0, count).Select(static i => ($"{i:d4}", new byte[i % 50]))]);
        var whole = await fixture.WholeAsync();
        var restarted = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record };
        var plan = await restarted.PlanAsync();
        fixture.TakeOpened();
        var (directory, length) = (plan.Layout.DirectoryOffset, plan.Layout.Length!.Value);
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 16; i++)
            {
                var range = new ArchiveRange(directory + ((length - directory) * i / 16), directory + ((length - directory) * (i + 1) / 16));
                Assert.Equal(whole[(int)range.From..(int)range.To], (await restarted.DownloadAsync(plan, range)).Bytes);
            }

            // A record at a border between two ranges belongs to both. Files without content are not read.
            Assert.Equal(round == 0 ? count - (count / 50) : 0, restarted.TakeOpened().Count);
        }
    }

    [Fact]
    public async Task A_download_that_broke_is_resumed_in_the_central_directory_without_reading_small_files_of_a_disk_again()
    {
        var fixture = new DownloadFixture(new ScriptedStorage { IsRemote = false }, new MemoryCrcCache());
        fixture.Put([.. Enumerable.Range(0, 300).Select(static i => ($"{i:d4}", new byte[10 + i]))]);
        var plan = await fixture.PlanAsync();
        var whole = (await fixture.DownloadAsync(plan, ArchiveRange.All)).Bytes;
        fixture.TakeOpened();
        var from = plan.Layout.DirectoryOffset + 1000;
        Assert.Equal(whole[(int)from..], (await fixture.DownloadAsync(plan, new ArchiveRange(from, whole.Length))).Bytes);
        Assert.Empty(fixture.TakeOpened());

        // Another plan does not use these checksums, because an object may have changed.
        Assert.Equal(whole[(int)from..], await fixture.FromAsync(from));
        Assert.NotEmpty(fixture.TakeOpened());
    }

    private static async Task<int> EntriesBeforeAsync(DownloadFixture fixture, long offset)
    {
        var plan = await fixture.PlanAsync();
        var (count, start, record) = (0, 0L, plan.Layout.DirectoryOffset);
        foreach (var planned in plan.Objects)
        {
            var extent = plan.Layout.ExtentOf(planned.Entry, start, record);
            count += extent.Start < offset ? 1 : 0;
            (start, record) = (extent.End, extent.RecordEnd);
        }

        return count;
    }

    private static int Steps(DownloadPlan plan, long from, long to) =>
        new RangePlan(plan, new ArchiveRange(from, to), static _ => Pieces.None).Steps().Count(static step => step.Action is not (RangeAction.Flush or RangeAction.Recall or RangeAction.Checksum));

    private static DownloadPlan Plan(int count) => new()
    {
        RecordId = "id",
        ArchiveName = "a.zip",
        Manifest = TestManifests.Make(new ManifestKey("id", 1), "\"tag\"", DateTimeOffset.UnixEpoch, ManifestFormTests.Photos("s3").Take(count)),
        ZipOptions = new ZipOptions(),
        CustomHeaders = new Dictionary<string, string>(),
    };
}
