using CsCheck;
using Egress.Downloads;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

/// <summary>Tests with several concurrent ranges of one archive. They count the bytes that were requested from the storage.</summary>
public sealed class ParallelRangeTests
{
    private const int Size = 5_000_001;
    private const int Count = 8;

    [Fact]
    public async Task Ranges_of_a_large_object_in_any_order_read_what_is_needed_for_its_checksum_once() =>
        await Gen.Shuffle(Enumerable.Range(0, Count).ToArray()).SampleAsync(
            async order =>
            {
                var fixture = Large();
                var plan = await fixture.PlanAsync();
                var ranges = Split(plan.Layout.Length!.Value);
                var whole = new byte[plan.Layout.Length.Value];
                foreach (var number in order)
                {
                    (await GetAsync(fixture, plan, ranges[number])).CopyTo(whole, ranges[number].From);
                }

                // The range with the checksum reads only bytes that no earlier range has read.
                var after = order.SkipWhile(static number => number < Count - 1).Skip(1).Sum(number => InObject(plan, ranges[number]));
                Assert.Equal(Size + after, Requested(fixture));
                Assert.Equal(await fixture.WholeAsync(), whole);
            },
            iter: 30);

    [Fact]
    public async Task A_range_with_the_checksum_that_is_sent_beside_the_others_reads_only_its_part()
    {
        var fixture = Large();
        var plan = await fixture.PlanAsync();
        var ranges = Split(plan.Layout.Length!.Value);
        using var slow = new GatedClient();
        var last = GetAsync(fixture, plan, ranges[^1], slow);
        await slow.Began;
        foreach (var range in ranges[..^1])
        {
            await GetAsync(fixture, plan, range);
        }

        slow.Open();
        await last;
        Assert.Equal(Size, Requested(fixture));
        Assert.Equal((await fixture.WholeAsync())[(int)ranges[^1].From..], slow.ToArray());
    }

    [Fact]
    public async Task The_checksum_of_an_object_that_ranges_of_one_process_have_read_is_stored_for_all_processes()
    {
        var fixture = Large();
        var plan = await fixture.PlanAsync();
        foreach (var range in Split(plan.Layout.DirectoryOffset - 16))
        {
            await GetAsync(fixture, plan, range);
        }

        Assert.Single(fixture.Cache.Crcs);
        fixture.TakeOpened();
        var other = new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record };
        await other.FromAsync(plan.Layout.DirectoryOffset - 16);
        Assert.Equal(0, Requested(other));
    }

    [Fact]
    public async Task Ranges_of_many_objects_in_order_read_each_byte_once()
    {
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, 50).Select(static i => ($"{i:d2}", Bytes(100_000 + i, i)))]);
        var whole = await fixture.WholeAsync();
        var restarted = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record };
        fixture.TakeOpened();
        var plan = await restarted.PlanAsync();
        foreach (var range in Split(whole.Length))
        {
            Assert.Equal(whole[(int)range.From..(int)range.To], await GetAsync(restarted, plan, range));
        }

        Assert.Equal(fixture.Storage.Objects.Values.Sum(static content => (long)content.Length), Requested(restarted));
    }

    [Fact]
    public async Task A_broken_download_of_a_large_object_is_resumed_without_a_second_reading()
    {
        var fixture = Large();
        var plan = await fixture.PlanAsync();
        using var leaving = new LeavingClient(3_000_000);
        var (_, outcome) = await fixture.DownloadAsync(plan, ArchiveRange.All, leaving);
        Assert.Equal(DownloadStatus.Failed, outcome.Status);
        fixture.TakeOpened();
        var cut = leaving.Length;
        var rest = await fixture.FromAsync(cut);
        Assert.Equal(Size - (cut - HeaderLength), Requested(fixture));
        Assert.Equal((await fixture.WholeAsync())[(int)cut..], rest);
    }

    [Fact]
    public async Task Any_ranges_one_after_the_other_are_those_of_the_whole()
    {
        var range = Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]);
        var objects = new[] { 70_000, 3_000_000, 10, 100_000, 2_500_000 };
        var expected = await new DownloadFixture().Put(Create(objects)).WholeAsync();
        await range.Array[1, 12].SampleAsync(
            async ranges =>
            {
                var fixture = new DownloadFixture().Put(Create(objects));
                var plan = await fixture.PlanAsync();
                foreach (var (first, second) in ranges)
                {
                    var from = (int)(Math.Min(first, second) * (expected.Length - 1));
                    var to = (int)(Math.Max(first, second) * (expected.Length - 1)) + 1;
                    var bytes = await GetAsync(fixture, plan, new ArchiveRange(from, to));
                    Assert.True(expected.AsSpan(from..to).SequenceEqual(bytes));
                }
            },
            iter: 40);
    }

    [Fact]
    public async Task A_range_that_begins_at_any_border_of_large_entries_is_that_of_the_whole()
    {
        var objects = Create([3_000_000, 100_000, 2_500_000]);
        var fixture = new DownloadFixture().Put(objects);
        var expected = await fixture.WholeAsync();
        var plan = await fixture.PlanAsync();
        var (start, record) = (0L, plan.Layout.DirectoryOffset);
        foreach (var planned in plan.Objects)
        {
            var extent = plan.Layout.ExtentOf(planned.Entry, start, record);
            (start, record) = (extent.End, extent.RecordEnd);
            for (var from = extent.DataEnd - 2; from <= extent.End + 2; from += 2)
            {
                foreach (var to in new[] { extent.End, expected.Length })
                {
                    var other = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record };
                    for (var again = 0; again < 2 && from < to; again++)
                    {
                        var bytes = await GetAsync(other, plan, new ArchiveRange(from, to));
                        Assert.True(expected.AsSpan((int)from..(int)to).SequenceEqual(bytes), $"{from} to {to}");
                    }
                }
            }
        }
    }

    [Fact]
    public async Task An_object_that_has_changed_when_its_checksum_is_needed_breaks_the_range_visibly()
    {
        var fixture = Large();
        var plan = await fixture.PlanAsync();
        using var slow = new GatedClient();
        var range = Split(plan.Layout.Length!.Value)[^1];
        var last = fixture.DownloadAsync(plan, range, slow);
        await slow.Began;
        fixture.Storage.ETags["a"] = "\"new\"";
        slow.Open();
        var (_, outcome) = await last;
        Assert.Equal((DownloadStatus.Failed, FailureReason.ObjectChanged), (outcome.Status, outcome.Reason));
        Assert.InRange(slow.Length, 1, range.To - range.From - 1);
    }

    private static int HeaderLength => 30 + "a".Length;

    private static DownloadFixture Large() => new DownloadFixture().Put(("a", Bytes(Size, 1)));

    private static (string Key, byte[] Content)[] Create(int[] sizes) => [.. sizes.Select(static (size, i) => ($"{i}", Bytes(size, i)))];

    private static ArchiveRange[] Split(long length) =>
        [.. Enumerable.Range(0, Count).Select(i => new ArchiveRange(length * i / Count, length * (i + 1) / Count))];

    private static long InObject(DownloadPlan plan, ArchiveRange range)
    {
        var extent = plan.Layout.ExtentOf(plan.Objects.First().Entry, 0, plan.Layout.DirectoryOffset);
        return Math.Min(range.To, extent.DataEnd) - Math.Max(range.From, extent.DataStart);
    }

    private static async Task<byte[]> GetAsync(DownloadFixture fixture, DownloadPlan plan, ArchiveRange range, Stream? target = null)
    {
        var (bytes, outcome) = await fixture.DownloadAsync(plan, range, target);
        Assert.Equal((FailureReason.None, range.To - range.From), (outcome.Reason, outcome.ArchiveBytes));
        return bytes;
    }

    /// <summary>Returns the number of bytes that were requested from the storage since the last call.</summary>
    private static long Requested(DownloadFixture fixture) =>
        fixture.Storage.Opened.Sum(opened => opened.Range.Length ?? fixture.Storage.Objects[opened.Key].Length - opened.Range.Offset);

    private static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A client that reads only when the test allows it.</summary>
    private sealed class GatedClient : MemoryStream
    {
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Began => _began.Task;

        public void Open() => _open.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _began.TrySetResult();
            await _open.Task;
            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <summary>A client that accepts a number of bytes, and then fails like a closed connection.</summary>
    private sealed class LeavingClient(int takes) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length > takes ? throw new IOException("gone") : base.WriteAsync(buffer, cancellationToken);
    }
}
