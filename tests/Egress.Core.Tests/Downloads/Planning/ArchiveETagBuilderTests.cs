using System.IO.Compression;
using System.Text.Json;
using Egress.Downloads;
using Egress.Records;
using Xunit;

namespace Egress.Core.Tests.Downloads.Planning;

public sealed class ArchiveETagBuilderTests
{
    private static readonly DownloadOptions Stored = new() { CompressionLevel = 0 };

    [Fact]
    public async Task Two_processes_give_the_same_bytes_and_validator_before_and_after_checksums_are_known()
    {
        var bench = new DownloadBench().Put(("a.bin", new byte[100_000]), ("b.bin", [1, 2, 3]));
        var other = new DownloadBench(bench.Storage, bench.Cache) { Record = bench.Record };
        var (etag, bytes) = ((await bench.PlanAsync()).ETag, await bench.WholeAsync());
        Assert.NotEmpty(bench.Cache.Crcs);
        Assert.Matches("^\"[0-9a-f]{32}\"$", Assert.IsType<string>(etag));
        Assert.Equal(etag, (await other.PlanAsync()).ETag);
        Assert.Equal(bytes, await other.WholeAsync());
    }

    [Theory]
    [InlineData("name")]
    [InlineData("size")]
    [InlineData("etag")]
    [InlineData("crc")]
    [InlineData("time")]
    [InlineData("key")]
    [InlineData("order")]
    [InlineData("more")]
    public async Task Everything_that_the_bytes_depend_on_changes_the_validator(string what)
    {
        var bench = new DownloadBench().Put(("a", [1, 2]), ("b", [3, 4]));
        var before = (await bench.PlanAsync()).ETag;
        _ = what switch
        {
            "name" => bench.With(new ObjectItem("a") { Name = "A" }, new ObjectItem("b")),
            "size" => bench.Put(("a", [1, 2, 3]), ("b", [3, 4])),
            "crc" => bench.With(new ObjectItem("a") { Crc32 = 5 }, new ObjectItem("b")),
            "time" => bench.With(new ObjectItem("a") { Modified = DateTimeOffset.UnixEpoch }, new ObjectItem("b")),
            "key" => Moved(bench),
            "order" => bench.With(new ObjectItem("b"), new ObjectItem("a")),
            "more" => bench.With(new ObjectItem("a"), new ObjectItem("b"), new ObjectItem("a")),
            _ => Changed(bench),
        };
        var after = (await bench.PlanAsync()).ETag;
        Assert.NotNull(after);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task A_validator_outlasts_versions_of_Egress()
    {
        var bench = new DownloadBench { Options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true, CompressionLevel = 0 } };
        bench.Put(("a.jpg", [1]), ("ünï/日本.txt", [1, 2, 3]));
        bench.With(
            new ObjectItem("a.jpg") { Modified = new DateTimeOffset(2024, 5, 31, 14, 0, 0, TimeSpan.FromHours(2)) },
            new ObjectItem("ünï/日本.txt") { Name = "other.txt", Crc32 = 0x55BC801D },
            new ObjectItem("gone"));
        Assert.Equal("\"3c5f0f5606017572131de899e5ab09bd\"", (await bench.PlanAsync()).ETag);
    }

    [Fact]
    public async Task What_may_differ_the_next_time_has_no_validator()
    {
        var bench = new DownloadBench { Options = new DownloadOptions { AllowPasswordProtected = true } };
        Assert.NotNull((await bench.Put(("a.jpg", [1])).PlanAsync()).ETag);
        Assert.Null((await bench.Put(("a.jpg", [1]), ("a.txt", [1])).PlanAsync()).ETag);
        Assert.Null((await bench.With(new ObjectItem("a.jpg") { Size = 1 }).PlanAsync()).ETag);
        Assert.NotNull((await bench.With(new ObjectItem("a.jpg") { Size = 1, Crc32 = 5 }).PlanAsync()).ETag);
        bench.Storage.ETags["a.jpg"] = "W/\"weak\"";
        Assert.Null((await bench.Put(("a.jpg", [1])).PlanAsync()).ETag);
        bench.Storage.ETags["a.jpg"] = null;
        Assert.Null((await bench.PlanAsync()).ETag);
        bench.Storage.ETags.Clear();
        bench.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [new ObjectItem("a.jpg")], Password = "x" };
        Assert.Null((await bench.PlanAsync()).ETag);
    }

    [Fact]
    public async Task An_archive_that_lacks_objects_says_so_when_wanted_and_stays_the_same()
    {
        var bench = new DownloadBench { Options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true } };
        bench.Put(("here.jpg", [1, 2, 3]));
        bench.With(new ObjectItem("here.jpg"), new ObjectItem("secret/gone.txt"), new ObjectItem("x") { Name = "../Über/weg.txt" });
        var plan = await bench.PlanAsync();
        Assert.Equal((3, 2, 2), (plan.RequestedCount, plan.Manifest.MissingCount, plan.Objects.Count));
        Assert.NotNull(plan.ETag);
        var (bytes, outcome) = await bench.DownloadAsync();
        Assert.Equal((DownloadStatus.Partial, 1, 3), (outcome.Status, outcome.FilesSucceeded, outcome.FilesRequested));
        Assert.Equal(bytes, await bench.WholeAsync());
        Assert.Equal(bytes[^200..], await bench.FromAsync(bytes.Length - 200));

        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["here.jpg", "_missing.json"], zip.Entries.Select(entry => entry.FullName));
        await using var content = await zip.Entries[1].OpenAsync(TestContext.Current.CancellationToken);
        using var report = await JsonDocument.ParseAsync(content, default, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["gone.txt not_found", "Über/weg.txt not_found"],
            report.RootElement.GetProperty("missing").EnumerateArray().Select(file => $"{file.GetProperty("name")} {file.GetProperty("reason")}"));
    }

    [Fact]
    public async Task An_archive_that_lacks_nothing_has_no_report()
    {
        var bench = new DownloadBench { Options = Stored with { IgnoreMissing = true, ReportMissing = true } };
        Assert.Single((await bench.Put(("a", [1])).PlanAsync()).Objects);
    }

    private static DownloadBench Changed(DownloadBench bench)
    {
        bench.Storage.ETags["a"] = "\"other\"";
        return bench;
    }

    /// <summary>The same name, size and validator, but another object.</summary>
    private static DownloadBench Moved(DownloadBench bench)
    {
        bench.Storage.Objects["c"] = [1, 2];
        bench.Storage.ETags["c"] = "\"a\"";
        return bench.With(new ObjectItem("c") { Name = "a" }, new ObjectItem("b"));
    }
}
