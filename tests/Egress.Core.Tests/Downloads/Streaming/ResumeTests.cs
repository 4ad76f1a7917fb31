using System.IO.Hashing;
using CsCheck;
using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Checksums;
using Egress.Limits;
using Egress.Records;
using Egress.Storage.S3;
using Egress.Zip;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

public sealed class ResumeTests
{
    /// <summary>
    /// The size of an object in bytes that is larger than the buffer of the engine. Its header cannot contain the checksum unless the record declares
    /// it.
    /// </summary>
    private const int Large = 100_000;

    [Fact]
    public async Task Any_two_ranges_of_an_archive_make_the_whole()
    {
        var objects = Gen.Select(Gen.Frequency((5, Gen.Int[0, 300]), (1, Gen.Int[65_000, 90_000])), Gen.Int[0, 3]).Array[1, 8];
        await Gen.Select(objects, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Bool).SampleAsync(
            async (sizes, first, second, hasChecksumFile) =>
            {
                var fixture = Random(sizes, hasChecksumFile);
                var whole = await fixture.WholeAsync();
                Assert.Equal((await fixture.PlanAsync()).Layout.Length, whole.Length);
                var (from, to) = ((long)(Math.Min(first, second) * whole.Length), (long)(Math.Max(first, second) * (whole.Length - 1)) + 1);
                foreach (var process in new[] { fixture, new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record } })
                {
                    var head = from == 0 ? [] : (await process.DownloadAsync(new ArchiveRange(0, from))).Bytes;
                    Assert.Equal(whole, head.Concat(await process.FromAsync(from)));
                    Assert.Equal(whole[(int)from..(int)to], (await process.DownloadAsync(new ArchiveRange(from, to))).Bytes);
                }
            },
            iter: 200);
    }

    [Fact]
    public async Task A_resume_after_a_restart_reads_only_the_objects_that_it_needs()
    {
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, 10).Select(i => ($"{i}", Bytes(Large, i)))]);
        var whole = await fixture.WholeAsync();
        var restarted = new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record };
        fixture.TakeOpened();
        var cut = whole.Length * 3 / 4;
        Assert.Equal(whole[cut..], await restarted.FromAsync(cut));
        Assert.Equal(["7", "8", "9"], restarted.TakeOpened().Select(o => o.Key));
        Assert.Equal(whole[^30..], await restarted.FromAsync(whole.Length - 30));
        Assert.Empty(restarted.TakeOpened());
    }

    [Fact]
    public async Task The_object_in_which_the_range_begins_is_read_from_that_offset()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)));
        var whole = await fixture.WholeAsync();
        fixture.TakeOpened();
        await fixture.FromAsync(50_000);
        var (_, range) = Assert.Single(fixture.TakeOpened());
        Assert.Equal(50_000 - FirstExtent(await fixture.PlanAsync()).DataStart, range.Offset);
        Assert.Equal("\"a\"", range.IfMatch);
        Assert.Equal(Large, whole.Length - 30 - 1 - 16 - 46 - 1 - 22);
    }

    [Fact]
    public async Task Only_objects_without_known_checksums_are_read_again()
    {
        var fixture = new DownloadFixture { Cache = { Fault = new BackendException(Backend.Database, BackendFault.Denied, "no table") } };
        fixture.Put(("declared", Bytes(Large, 1)), ("vouched", Bytes(Large, 2)), ("unknown", Bytes(Large, 3)), ("last", Bytes(Large, 4)));
        fixture.Storage.Crcs["vouched"] = Crc32.HashToUInt32(fixture.Storage.Objects["vouched"]);
        fixture.With(
            new ObjectItem("declared") { Crc32 = Crc32.HashToUInt32(fixture.Storage.Objects["declared"]) },
            new ObjectItem("vouched"),
            new ObjectItem("unknown"),
            new ObjectItem("last"));
        var whole = await fixture.WholeAsync();
        fixture.TakeOpened();
        var restarted = new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record };
        Assert.Equal(whole[^500..], await restarted.FromAsync(whole.Length - 500));
        Assert.Equal(["last", "unknown"], fixture.TakeOpened().Select(o => o.Key));
        Assert.Single(fixture.Log.GetSnapshot());
        Assert.Single(restarted.Log.GetSnapshot());
    }

    [Fact]
    public async Task A_range_that_does_not_reach_the_end_reads_nothing_after_it_and_is_not_a_completed_download()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)), ("c", Bytes(Large, 3)));
        var (bytes, outcome) = await fixture.DownloadAsync(new ArchiveRange(120_000, 150_000));
        Assert.Equal((30_000, false, true), (bytes.Length, outcome.ReachesEnd, outcome.IsResumed));
        var (key, range) = Assert.Single(fixture.TakeOpened());
        Assert.Equal(("b", 30_000), (key, range.Length));
    }

    [Fact]
    public async Task A_changed_object_never_gets_into_an_archive_that_was_begun_with_another()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        var before = await fixture.PlanAsync();
        fixture.Storage.Objects["b"] = Bytes(Large, 3);
        fixture.Storage.ETags["b"] = "\"new\"";
        Assert.NotEqual(before.ETag, (await fixture.PlanAsync()).ETag);
    }

    [Fact]
    public async Task An_object_that_changes_after_the_plan_aborts_the_download()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        var opened = 0;
        fixture.Storage.BeforeOpen = (key, _) =>
        {
            if (Interlocked.Increment(ref opened) == 2)
            {
                fixture.Storage.ETags["b"] = "\"new\"";
            }

            return Task.CompletedTask;
        };
        var (_, outcome) = await fixture.DownloadAsync();
        Assert.Equal((DownloadStatus.Failed, FailureReason.ObjectChanged), (outcome.Status, outcome.Reason));
    }

    [Fact]
    public async Task A_wrong_declared_checksum_aborts_before_the_object_is_complete_and_so_does_every_resume()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        fixture.With(new ObjectItem("a") { Crc32 = 1 }, new ObjectItem("b"));
        var (bytes, outcome) = await fixture.DownloadAsync();
        Assert.Equal(FailureReason.ObjectChanged, outcome.Reason);
        var plan = await fixture.PlanAsync();
        var end = FirstExtent(plan).DataEnd;
        Assert.InRange(bytes.Length, 0, end - 1);
        foreach (var from in new[] { bytes.Length + 1_000, end - 1 })
        {
            foreach (var to in new[] { end, plan.Layout.Length!.Value })
            {
                try
                {
                    (bytes, outcome) = await fixture.DownloadAsync(new ArchiveRange(from, to));
                    Assert.Equal(FailureReason.ObjectChanged, outcome.Reason);
                    Assert.InRange(from + bytes.Length, from, end - 1);
                }
                catch (BackendException fault)
                {
                    // Nothing was sent yet, so the request is refused.
                    Assert.Equal(BackendFault.Changed, fault.Fault);
                }
            }
        }
    }

    [Fact]
    public async Task A_read_that_was_damaged_once_does_not_prevent_a_resume()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        fixture.With(new ObjectItem("a") { Crc32 = Crc32.HashToUInt32(fixture.Storage.Objects["a"]) }, new ObjectItem("b"));
        var whole = await fixture.WholeAsync();
        fixture.Storage.Around = _ => new MemoryStream(Bytes(Large, 3));
        Assert.Equal(FailureReason.ObjectChanged, (await fixture.DownloadAsync()).Outcome.Reason);
        fixture.Storage.Around = content => content;
        fixture.TakeOpened();
        Assert.Equal(whole[50_000..], await fixture.FromAsync(50_000));
        Assert.Equal([("a", 0), ("b", 0)], fixture.TakeOpened().Select(o => (o.Key, o.Range.Offset)));

        // A range that ends inside the object succeeds, because it contains no checksum to verify.
        Assert.Equal(whole[50_000..60_000], (await fixture.DownloadAsync(new ArchiveRange(50_000, 60_000))).Bytes);
        Assert.NotEqual(0, Assert.Single(fixture.TakeOpened()).Range.Offset);
    }

    [Fact]
    public async Task Checksums_are_stored_in_the_background_even_by_a_driver_that_blocks_the_calling_thread()
    {
        var planned = (await new DownloadFixture().Put(("a", Bytes(10, 1))).PlanAsync()).Objects.First();
        var (cache, beside) = (new MemoryCrcCache(), true);
        var (stream, adding) = (Environment.CurrentManagedThreadId, true);
        cache.BeforeFind = () => beside &= !Volatile.Read(ref adding) || Environment.CurrentManagedThreadId != stream;
        var memory = new ChecksumLookup(cache, cache.Digests, new S3Options(), new ProcessLimits(), NullLogger<ChecksumLookup>.Instance);
        await using (var recorder = new ChecksumRecorder(memory, isLocal: false))
        {
            for (var i = 0; i < 2_000; i++)
            {
                recorder.Add(new FoundChecksums(planned, 1, null));
            }

            Volatile.Write(ref adding, false);
        }

        Assert.NotEmpty(cache.Queries);
        Assert.True(beside);
    }

    [Fact]
    public async Task Without_a_validator_of_the_storage_the_declared_checksum_is_verified_over_the_whole_object()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)));
        fixture.Storage.ETags["a"] = null;
        fixture.With(new ObjectItem("a") { Size = Large, Crc32 = Crc32.HashToUInt32(fixture.Storage.Objects["a"]) });
        var whole = await fixture.WholeAsync();
        fixture.TakeOpened();
        Assert.Equal(whole[50_000..], await fixture.FromAsync(50_000));
        Assert.Equal(0, Assert.Single(fixture.TakeOpened()).Range.Offset);

        fixture.Storage.Objects["a"] = Bytes(Large, 2);
        var (bytes, outcome) = await fixture.DownloadAsync(new ArchiveRange(50_000, whole.Length));
        Assert.Equal(FailureReason.ObjectChanged, outcome.Reason);
        Assert.InRange(bytes.Length, 0, Large - 50_000);
    }

    [Fact]
    public async Task A_declared_size_that_is_wrong_is_refused_before_the_first_byte()
    {
        var fixture = new DownloadFixture().Put(("a", Bytes(Large, 1)));
        fixture.With(new ObjectItem("a") { Size = Large - 1 });
        var fault = await Assert.ThrowsAsync<BackendException>(() => fixture.DownloadAsync());
        Assert.Equal(BackendFault.Changed, fault.Fault);
    }

    [Fact]
    public async Task Checksums_are_stored_when_a_client_disconnects_during_a_download()
    {
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, 5).Select(i => ($"{i}", Bytes(Large, i)))]);
        var whole = await fixture.WholeAsync();
        fixture.Cache.Crcs.Clear();
        var (_, outcome) = await fixture.DownloadAsync(target: new LeavingClient(250_000));
        Assert.Equal(DownloadStatus.Failed, outcome.Status);
        Assert.Equal(2, fixture.Cache.Crcs.Count);
        fixture.TakeOpened();
        Assert.Equal(whole[250_000..], await fixture.FromAsync(250_000));
        Assert.Equal(["2", "3", "4"], fixture.TakeOpened().Select(o => o.Key));
    }

    [Fact]
    public async Task A_thousand_checksums_are_one_query_and_one_statement_and_known_ones_are_not_written_again()
    {
        var fixture = new DownloadFixture().Put([.. Enumerable.Range(0, 1_000).Select(i => ($"{i:d4}", Bytes(10, i)))]);
        await fixture.WholeAsync();
        Assert.Equal([1_000], fixture.Cache.Queries);
        Assert.Equal([1_000], fixture.Cache.Inserts);
        await fixture.FromAsync((await fixture.PlanAsync()).Layout.DirectoryOffset - 1);
        Assert.Equal([1_000, 1_000], fixture.Cache.Queries);
        await fixture.WholeAsync();
        Assert.Single(fixture.Cache.Inserts);
    }

    [Theory]
    [InlineData(BackendFault.TimedOut, 2)]
    [InlineData(BackendFault.Denied, 1)]
    public async Task A_failing_cache_fails_no_download(BackendFault fault, int lines)
    {
        var fixture = new DownloadFixture { Cache = { Fault = new BackendException(Backend.Database, fault, "no") } };
        fixture.Put(("a", Bytes(Large, 1)), ("b", Bytes(Large, 2)));
        var whole = await fixture.WholeAsync();
        Assert.Equal(whole[^100..], await fixture.FromAsync(whole.Length - 100));
        Assert.True(fixture.Log.Count >= lines, $"{fixture.Log.Count} lines");
        Assert.Equal(fault == BackendFault.Denied, fixture.Log.Count == 1);
    }

    [Fact]
    public async Task A_defect_of_the_cache_fails_no_download_and_is_logged_as_a_fault_in_Egress()
    {
        var fixture = new DownloadFixture { Cache = { Fault = new InvalidOperationException("defect") } };
        await fixture.Put(("a", Bytes(Large, 1))).WholeAsync();
        Assert.Equal(LogLevel.Error, Assert.Single(fixture.Log.GetSnapshot().DistinctBy(line => line.Id.Id)).Level);
    }

    private static DownloadFixture Random((int Size, int Knows)[] sizes, bool hasChecksumFile)
    {
        var fixture = new DownloadFixture { Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [], ChecksumFile = hasChecksumFile } };
        var items = new List<RecordItem>();
        foreach (var ((size, knows), i) in sizes.Select((size, i) => (size, i)))
        {
            var content = fixture.Storage.Objects[$"{i}"] = Bytes(size, i);
            var crc = Crc32.HashToUInt32(content);
            fixture.Storage.ETags[$"{i}"] = knows == 3 ? null : $"\"{i}\"";
            if (knows == 1)
            {
                fixture.Storage.Crcs[$"{i}"] = crc;
            }

            items.Add(new ObjectItem($"{i}") { Crc32 = knows >= 2 ? crc : null });
        }

        return fixture.With([.. items]);
    }

    private static EntryExtent FirstExtent(DownloadPlan plan) => plan.Layout.ExtentOf(plan.Objects.First().Entry, 0, plan.Layout.DirectoryOffset);

    private static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A client that accepts a number of bytes, and then fails like a closed connection.</summary>
    private sealed class LeavingClient(int takes) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Length + buffer.Length > takes ? throw new IOException("gone") : base.WriteAsync(buffer, cancellationToken);
    }
}
