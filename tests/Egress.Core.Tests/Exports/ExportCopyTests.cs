using System.IO.Hashing;
using Egress.Core.Tests.Downloads;
using Egress.Exports;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests of exports to a storage that can copy parts from the objects.</summary>
public sealed class ExportCopyTests
{
    private const int MiB = 1 << 20;

    private static readonly UploadLimits S3 = new(5 * MiB, 10_000) { LargestCopy = 5L << 30 };
    private static readonly UploadLimits Azure = new(1, 50_000) { LargestCopy = 100 * MiB };

    /// <summary>Creates a record with two large and two small objects, whose checksums the storage returns.</summary>
    private static ExportFixture Create(UploadLimits limits, bool knowsChecksums = true) =>
        Create(limits, knowsChecksums, ("a", 21 * MiB), ("b", 100), ("c", 9 * MiB), ("d", 0));

    private static ExportFixture Create(UploadLimits limits, bool knowsChecksums, params (string Key, int Size)[] sizes)
    {
        var fixture = new ExportFixture([.. sizes.Select((o, i) => (o.Key, Bytes(i, o.Size)))]);
        fixture.Uploads.Limits = limits;
        foreach (var (key, content) in knowsChecksums ? fixture.Storage.Objects : [])
        {
            fixture.Storage.Crcs[key] = Crc32.HashToUInt32(content);
        }

        return fixture;
    }

    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task AssertIsWholeAsync(ExportFixture fixture, ExportJob job)
    {
        Assert.Equal((ExportState.Completed, (string?)null), (job.State, job.Message));
        Assert.Equal((0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count));
        var download = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Record = fixture.Record };
        Assert.True((await download.WholeAsync()).AsSpan().SequenceEqual(fixture.Uploads.Objects[ExportFixture.Key]));
    }

    private static long BytesRead(ExportFixture fixture) => fixture.Storage.Opened.Sum(opened =>
        opened.Range.Length ?? fixture.Storage.Objects[opened.Key].Length - opened.Range.Offset);

    [Fact]
    public async Task Without_a_least_part_size_no_byte_of_a_large_object_is_read()
    {
        using var fixture = Create(Azure);
        var job = await fixture.ExportAsync(fixture.Job(5 * MiB));
        Assert.Equal(100, BytesRead(fixture));
        Assert.Equal((21 + 9) * MiB, fixture.Uploads.Copied.Sum(static copied => copied.Length));
        Assert.All(fixture.Uploads.Copied, static copied => Assert.Equal($"\"{copied.Source.Key}\"", copied.ETag));
        await AssertIsWholeAsync(fixture, job);
    }

    [Fact]
    public async Task With_a_least_part_size_only_the_beginning_of_an_object_is_read()
    {
        using var fixture = Create(S3);
        var job = await fixture.ExportAsync(fixture.Job(5 * MiB));
        Assert.InRange(fixture.Uploads.Copied.Sum(static copied => copied.Length), 16 * MiB, 17 * MiB);
        Assert.InRange(BytesRead(fixture), 14 * MiB, 15 * MiB);
        await AssertIsWholeAsync(fixture, job);
    }

    [Fact]
    public async Task An_object_whose_checksum_is_not_known_is_read_once_and_not_copied()
    {
        using var fixture = Create(Azure, knowsChecksums: false);
        var job = await fixture.ExportAsync(fixture.Job(5 * MiB));
        Assert.Equal(0, fixture.Uploads.CopyRequests);
        Assert.Equal(((21 + 9) * MiB) + 100, BytesRead(fixture));
        await AssertIsWholeAsync(fixture, job);
    }

    [Fact]
    public async Task The_checksum_of_an_earlier_download_is_enough()
    {
        using var fixture = Create(Azure, knowsChecksums: false);
        await new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record }.WholeAsync();
        fixture.Storage.Opened.Clear();
        var job = await fixture.ExportAsync(fixture.Job(5 * MiB));
        Assert.Equal((21 + 9) * MiB, fixture.Uploads.Copied.Sum(static copied => copied.Length));
        Assert.Equal(100, BytesRead(fixture));
        await AssertIsWholeAsync(fixture, job);
    }

    [Fact]
    public async Task A_storage_that_does_not_copy_gets_one_copy_request_and_is_read()
    {
        using var fixture = Create(Azure);
        fixture.Uploads.Copies = false;
        var job = await fixture.ExportAsync(fixture.Job(5 * MiB));
        Assert.Equal(1, fixture.Uploads.CopyRequests);
        Assert.Equal(((21 + 9) * MiB) + 100, BytesRead(fixture));
        Assert.Single(fixture.Log.GetSnapshot(), static record => record.Id.Id == 1210);
        await AssertIsWholeAsync(fixture, job);
    }

    [Fact]
    public async Task An_object_that_changed_is_not_copied()
    {
        using var fixture = Create(Azure);
        var id = await fixture.StartAsync(fixture.Job(5 * MiB));
        await fixture.RoundAsync(new ExportProcess(fixture));
        fixture.Storage.ETags["c"] = "\"another\"";
        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "object_changed"), (job.State, job.Reason));
        Assert.Equal((0, 0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Uploads.Objects.Count));
    }

    [Fact]
    public async Task A_process_that_is_killed_at_any_step_is_continued()
    {
        int steps;
        using (var fixture = Create(Azure, knowsChecksums: true, ("c", 8 * MiB), ("b", 1)))
        {
            await fixture.ExportAsync(fixture.Job(5 * MiB));
            steps = fixture.Steps;
        }

        Assert.InRange(steps, 20, 200);
        for (var step = 1; step <= steps; step++)
        {
            using var fixture = Create(Azure, knowsChecksums: true, ("c", 8 * MiB), ("b", 1));
            await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(5 * MiB), dieAt: step));
        }
    }

    [Fact]
    public async Task An_export_that_another_version_began_with_other_borders_fails()
    {
        using var fixture = Create(Azure);
        var id = await fixture.StartAsync(fixture.Job(5 * MiB));
        await fixture.RoundAsync(new ExportProcess(fixture));
        fixture.Uploads.Limits = S3;
        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "internal_error"), (job.State, job.Reason));
        Assert.Contains("Another version", job.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (fixture.Uploads.Unfinished, fixture.Uploads.Objects.Count));
    }
}
