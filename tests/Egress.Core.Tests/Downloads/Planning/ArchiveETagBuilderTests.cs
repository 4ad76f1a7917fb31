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
        var fixture = new DownloadFixture().Put(("a.bin", new byte[100_000]), ("b.bin", [1, 2, 3]));
        var other = new DownloadFixture(fixture.Storage, fixture.Cache) { Record = fixture.Record };
        var (etag, bytes) = ((await fixture.PlanAsync()).ETag, await fixture.WholeAsync());
        Assert.NotEmpty(fixture.Cache.Crcs);
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
    public async Task Everything_that_the_bytes_depend_on_changes_the_ETag(string what)
    {
        var fixture = new DownloadFixture().Put(("a", [1, 2]), ("b", [3, 4]));
        var before = (await fixture.PlanAsync()).ETag;
        _ = what switch
        {
            "name" => fixture.With(new ObjectItem("a") { Name = "A" }, new ObjectItem("b")),
            "size" => fixture.Put(("a", [1, 2, 3]), ("b", [3, 4])),
            "crc" => fixture.With(new ObjectItem("a") { Crc32 = 5 }, new ObjectItem("b")),
            "time" => fixture.With(new ObjectItem("a") { Modified = DateTimeOffset.UnixEpoch }, new ObjectItem("b")),
            "key" => Moved(fixture),
            "order" => fixture.With(new ObjectItem("b"), new ObjectItem("a")),
            "more" => fixture.With(new ObjectItem("a"), new ObjectItem("b"), new ObjectItem("a")),
            _ => Changed(fixture),
        };
        var after = (await fixture.PlanAsync()).ETag;
        Assert.NotNull(after);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task A_validator_outlasts_versions_of_Egress()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true, CompressionLevel = 0 } };
        fixture.Put(("a.jpg", [1]), ("ünï/日本.txt", [1, 2, 3]));
        fixture.With(
            new ObjectItem("a.jpg") { Modified = new DateTimeOffset(2024, 5, 31, 14, 0, 0, TimeSpan.FromHours(2)) },
            new ObjectItem("ünï/日本.txt") { Name = "other.txt", Crc32 = 0x55BC801D },
            new ObjectItem("gone"));
        Assert.Equal("\"3c5f0f5606017572131de899e5ab09bd\"", (await fixture.PlanAsync()).ETag);
    }

    [Fact]
    public async Task An_archive_that_may_differ_the_next_time_has_no_ETag()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { AllowPasswordProtected = true } };
        Assert.NotNull((await fixture.Put(("a.jpg", [1])).PlanAsync()).ETag);
        Assert.Null((await fixture.Put(("a.jpg", [1]), ("a.txt", [1])).PlanAsync()).ETag);
        Assert.Null((await fixture.With(new ObjectItem("a.jpg") { Size = 1 }).PlanAsync()).ETag);
        Assert.NotNull((await fixture.With(new ObjectItem("a.jpg") { Size = 1, Crc32 = 5 }).PlanAsync()).ETag);
        fixture.Storage.ETags["a.jpg"] = "W/\"weak\"";
        Assert.Null((await fixture.Put(("a.jpg", [1])).PlanAsync()).ETag);
        fixture.Storage.ETags["a.jpg"] = null;
        Assert.Null((await fixture.PlanAsync()).ETag);
        fixture.Storage.ETags.Clear();
        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = [new ObjectItem("a.jpg")], Password = "x" };
        Assert.Null((await fixture.PlanAsync()).ETag);
    }

    [Fact]
    public async Task An_archive_that_lacks_objects_reports_them_on_demand_and_stays_the_same()
    {
        var fixture = new DownloadFixture { Options = new DownloadOptions { IgnoreMissing = true, ReportMissing = true } };
        fixture.Put(("here.jpg", [1, 2, 3]));
        fixture.With(new ObjectItem("here.jpg"), new ObjectItem("secret/gone.txt"), new ObjectItem("x") { Name = "../Über/weg.txt" });
        var plan = await fixture.PlanAsync();
        Assert.Equal((3, 2, 2), (plan.RequestedCount, plan.Manifest.MissingCount, plan.Objects.Count));
        Assert.NotNull(plan.ETag);
        var (bytes, outcome) = await fixture.DownloadAsync();
        Assert.Equal((DownloadStatus.Partial, 1, 3), (outcome.Status, outcome.FilesSucceeded, outcome.FilesRequested));
        Assert.Equal(bytes, await fixture.WholeAsync());
        Assert.Equal(bytes[^200..], await fixture.FromAsync(bytes.Length - 200));

        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["here.jpg", "_missing.json"], zip.Entries.Select(entry => entry.FullName));
        await using var content = await zip.Entries[1].OpenAsync(TestContext.Current.CancellationToken);
        using var report = await JsonDocument.ParseAsync(content, default, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["gone.txt not_found", "Über/weg.txt not_found"],
            report.RootElement.GetProperty("missing").EnumerateArray().Select(file => $"{file.GetProperty("name")} {file.GetProperty("reason")}"));
    }

    [Fact]
    public async Task A_complete_archive_has_no_report()
    {
        var fixture = new DownloadFixture { Options = Stored with { IgnoreMissing = true, ReportMissing = true } };
        Assert.Single((await fixture.Put(("a", [1])).PlanAsync()).Objects);
    }

    private static DownloadFixture Changed(DownloadFixture fixture)
    {
        fixture.Storage.ETags["a"] = "\"other\"";
        return fixture;
    }

    /// <summary>Replaces an object of the record by another one with the same name, size and ETag.</summary>
    private static DownloadFixture Moved(DownloadFixture fixture)
    {
        fixture.Storage.Objects["c"] = [1, 2];
        fixture.Storage.ETags["c"] = "\"a\"";
        return fixture.With(new ObjectItem("c") { Name = "a" }, new ObjectItem("b"));
    }
}
