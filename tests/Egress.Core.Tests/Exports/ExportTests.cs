using Egress.Core.Tests.Downloads;
using Egress.Downloads;
using Egress.Exports;
using Egress.Exports.Building;
using Egress.Records;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests of the content of exports, and of refused requests.</summary>
public sealed class ExportTests
{
    private static byte[] Bytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static Task<byte[]> DownloadAsync(ExportFixture fixture) =>
        new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Options = fixture.Downloads, Record = fixture.Record }.WholeAsync();

    private static void AssertNothingIsLeft(ExportFixture fixture)
    {
        Assert.Equal((0, 0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Storage.Open));
        Assert.Single(fixture.Payloads);
    }

    [Fact]
    public async Task Every_part_size_gives_the_bytes_of_a_download()
    {
        (string, byte[])[] objects = [("a", [1, 2, 3]), ("empty", []), ("folder/b", Bytes(1, 90))];
        using var whole = new ExportFixture(objects);
        var expected = await DownloadAsync(whole);
        for (var partSize = 1; partSize <= expected.Length + 1; partSize++)
        {
            using var fixture = new ExportFixture(objects);
            var job = await fixture.ExportAsync(fixture.Job(partSize));
            Assert.Equal((ExportState.Completed, expected.Length), (job.State, job.Length));
            Assert.Equal(expected, fixture.Uploads.Objects[ExportFixture.Key]);
            Assert.Equal(fixture.Uploads.Kept.Distinct().Count(), fixture.Uploads.Kept.Count);
            Assert.InRange(fixture.Queue.MostMessages, 1, ExportQueue.Window);
            AssertNothingIsLeft(fixture);
        }
    }

    [Fact]
    public async Task Two_hundred_random_records_have_the_bytes_of_a_download()
    {
        int[] sizes = [0, 1, 100, 4095, 16 << 10, (16 << 10) + 1, 70_000];
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            using var fixture = new ExportFixture([.. Enumerable.Range(0, random.Next(1, 20))
                .Select(number => ($"{number}/{seed}.bin", Bytes(seed + number, sizes[random.Next(sizes.Length)])))]);
            await fixture.ExportAsync(fixture.Job(random.Next(200, 100_000)));
            Assert.Equal(await DownloadAsync(fixture), fixture.Uploads.Objects[ExportFixture.Key]);
            AssertNothingIsLeft(fixture);
        }
    }

    [Theory]
    [InlineData(50)]
    [InlineData(777)]
    [InlineData(1 << 20)]
    public async Task A_compressed_archive_is_written_in_one_pass(int partSize)
    {
        using var fixture = new ExportFixture(("a.txt", new byte[30_000]), ("b.txt", Bytes(2, 2000)))
        {
            Downloads = new DownloadOptions { CompressionLevel = 6, StreamBufferSize = 16 << 10 },
        };
        var expected = await DownloadAsync(fixture);
        fixture.Storage.Opened.Clear();

        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Completed, 0, expected.Length), (job.State, job.Parts, job.Length));
        Assert.Equal(expected, fixture.Uploads.Objects[ExportFixture.Key]);
        Assert.Equal(2, fixture.Storage.Opened.Count);
        AssertNothingIsLeft(fixture);
    }

    [Fact]
    public async Task Without_a_part_size_an_archive_with_too_many_parts_gets_larger_ones()
    {
        using var fixture = new ExportFixture(("a", new byte[3 << 20])) { Options = new ExportOptions { Buckets = [ExportFixture.Bucket], PartSize = 1000 } };
        fixture.Uploads.Limits = new UploadLimits(1000, 4);
        var job = await fixture.ExportAsync(fixture.Job(0));
        Assert.Equal((ExportState.Completed, 1L << 20, 4), (job.State, job.PartSize, job.Parts));
        Assert.Equal(await DownloadAsync(fixture), fixture.Uploads.Objects[ExportFixture.Key]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public void No_part_size_is_advised_that_is_not_allowed(long requested)
    {
        var refused = Assert.Throws<ExportException>(() => ExportParts.SizeFor(requested, 10, (5 * ExportOptions.MostPartSize) + 1, new UploadLimits(10, 5)));
        Assert.Equal("too_large", refused.Reason);
    }

    [Theory]
    [InlineData(9, 0, "part_size_refused", "accepts 10 and more")]
    [InlineData(10, 0, "part_size_refused", "use a part size of at least")]
    [InlineData(1000, 500, "too_large", "MAX_EXPORT_SIZE")]
    public async Task An_export_that_exceeds_a_limit_is_refused_before_anything_is_written(int partSize, long maxSize, string reason, string message)
    {
        using var fixture = new ExportFixture(("a", new byte[1000])) { Options = new ExportOptions { Buckets = [ExportFixture.Bucket], MaxSize = maxSize } };
        fixture.Uploads.Limits = new UploadLimits(10, 5);
        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Failed, reason), (job.State, job.Reason));
        Assert.Contains(message, job.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Uploads.Begun);
        Assert.Equal(("failed", reason), (Assert.Single(fixture.Payloads).Status, fixture.Payloads[0].Reason));
    }

    [Theory]
    [InlineData(100, 0, "more than 5 parts")]
    [InlineData(1000, 500, "MAX_EXPORT_SIZE")]
    public async Task A_compressed_archive_that_exceeds_a_limit_leaves_nothing(int partSize, long maxSize, string message)
    {
        using var fixture = new ExportFixture(("a.txt", Bytes(3, 3000)))
        {
            Downloads = new DownloadOptions { CompressionLevel = 6, StreamBufferSize = 16 << 10 },
            Options = new ExportOptions { Buckets = [ExportFixture.Bucket], MaxSize = maxSize },
        };
        fixture.Uploads.Limits = new UploadLimits(10, 5);
        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Failed, "too_large"), (job.State, job.Reason));
        Assert.Contains(message, job.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Uploads.Objects);
        AssertNothingIsLeft(fixture);
    }

    [Fact]
    public async Task A_callback_contains_the_destination_of_the_archive()
    {
        using var fixture = new ExportFixture(("a", new byte[1000]));
        var id = await fixture.StartAsync(fixture.Job(400));
        await fixture.FinishAsync(id);
        var callback = Assert.Single(fixture.Payloads);
        Assert.Equal(("id", "completed", id, 1, 1), (callback.Id, callback.Status, callback.RequestId, callback.FileCount, callback.FilesSucceeded));
        Assert.Equal((id, ExportFixture.Bucket, ExportFixture.Key), (callback.Export?.Id, callback.Export?.Bucket, callback.Export?.Key));
        Assert.Equal(fixture.Uploads.Objects[ExportFixture.Key].Length, callback.CompressedSizeBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_that_appears_at_the_destination_is_kept_unless_it_may_be_replaced(bool overwrites)
    {
        using var fixture = new ExportFixture(("a", new byte[1000]));
        var id = await fixture.StartAsync(fixture.Job(400) with { Overwrites = overwrites });
        fixture.Uploads.Objects[ExportFixture.Key] = [1];
        fixture.Older.Add(ExportFixture.Key);

        var job = await fixture.FinishAsync(id);
        Assert.Equal(overwrites ? (ExportState.Completed, null) : (ExportState.Failed, "destination_exists"), (job.State, job.Reason));
        Assert.Equal(overwrites ? await DownloadAsync(fixture) : [1], fixture.Uploads.Objects[ExportFixture.Key]);
        AssertNothingIsLeft(fixture);
    }

    [Fact]
    public async Task Faults_that_can_be_detected_at_once_are_refused_at_once()
    {
        using var fixture = new ExportFixture(("a", new byte[10])) { Options = new ExportOptions { Buckets = [ExportFixture.Bucket, "b"], MaxActive = 2 } };
        var creator = new ExportProcess(fixture).Creator;
        var token = TestContext.Current.CancellationToken;
        fixture.Uploads.Objects["there.zip"] = [1];

        Assert.IsType<ExportCreation.Invalid>(await creator.CreateAsync(fixture.Job(5) with { Bucket = "b", Key = "a" }, token));
        Assert.Null(Assert.IsType<ExportCreation.DestinationTaken>(await creator.CreateAsync(fixture.Job(5) with { Key = "there.zip" }, token)).ActiveId);
        var first = Assert.IsType<ExportCreation.Accepted>(await creator.CreateAsync(fixture.Job(5), token));
        var taken = Assert.IsType<ExportCreation.DestinationTaken>(await creator.CreateAsync(fixture.Job(5), token));
        Assert.Equal(first.Id, taken.ActiveId);
        Assert.IsType<ExportCreation.Accepted>(await creator.CreateAsync(fixture.Job(5) with { Key = "second.zip" }, token));
        Assert.IsType<ExportCreation.TooManyActive>(await creator.CreateAsync(fixture.Job(5) with { Key = "third.zip" }, token));
        await fixture.FinishAsync(first.Id);
        Assert.IsType<ExportCreation.Accepted>(await creator.CreateAsync(fixture.Job(5) with { Key = "third.zip" }, token));
    }

    [Fact]
    public async Task A_record_that_changes_ends_its_export()
    {
        using var fixture = new ExportFixture(("a", new byte[1000]), ("b", new byte[10]));
        var id = await fixture.StartAsync(fixture.Job(10));
        await fixture.RoundAsync(new ExportProcess(fixture));
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [new ObjectItem("b")] };

        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "object_changed"), (job.State, job.Reason));
        Assert.Empty(fixture.Uploads.Objects);
        AssertNothingIsLeft(fixture);
    }
}
