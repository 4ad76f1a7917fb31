using Egress.Downloads.Manifests;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>Tests how slices count towards the limits. The clock of the limits does not advance, so that no count decreases.</summary>
public sealed class SliceLimitTests : ManifestProcesses
{
    private const int Burst = 3;

    [Fact]
    public async Task Slices_of_an_archive_count_as_one_download_and_its_plan_as_another()
    {
        Put(20, 100_000);
        var process = Limited();
        var length = (await Start().SendAsync("GET")).Body.Length;
        var step = (length / 16) + 1;
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(206, (await process.SendAsync("GET", ("Range", $"bytes={i * step}-{((i + 1) * step) - 1}"))).Status);
        }

        // The first slice counted as a download, because the archive was planned for it. The other slices together counted as at most one download.
        // So one of the allowed downloads is left.
        Assert.Equal(200, (await process.SendAsync("GET")).Status);
        Assert.Equal(429, (await process.SendAsync("GET")).Status);
    }

    [Fact]
    public async Task Slices_that_come_at_once_before_the_archive_is_planned_count_its_plan_once()
    {
        Put(20, 100_000);
        var process = Limited();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => process.SendAsync("GET", ("Range", $"bytes={i * 1000}-{(i * 1000) + 999}"))));
        Assert.All(answers, static answer => Assert.Equal(206, answer.Status));
        Assert.Equal(1, process.Counts.Requests(ManifestSource.Planned));
        Assert.Equal(200, (await process.SendAsync("GET")).Status);
    }

    [Fact]
    public async Task A_flood_of_single_bytes_is_limited()
    {
        Put(2, 100);
        var process = Limited();
        var served = 0;
        while ((await process.SendAsync("GET", ("Range", "bytes=0-0"))).Status == 206)
        {
            served++;
            Assert.InRange(served, 1, 16 * Burst);
        }

        // The first slice counts as a download, because the archive was planned for it.
        Assert.Equal((16 * (Burst - 1)) + 1, served);
    }

    /// <summary>A table of cases: a further header of a request for a short range, and the expected status. Each request counts as a download.</summary>
    [Theory]
    [InlineData("If-Range", "\"another\"", 200)]
    [InlineData("If-Match", "\"another\"", 412)]
    [InlineData("If-None-Match", "*", 304)]
    public async Task A_request_that_only_looks_like_a_slice_counts_as_a_download(string name, string value, int status)
    {
        Put(2, 100);
        var process = Limited();
        for (var i = 0; i < Burst; i++)
        {
            Assert.Equal(status, (await process.SendAsync("GET", ("Range", "bytes=0-0"), (name, value))).Status);
        }

        Assert.Equal(429, (await process.SendAsync("GET", ("Range", "bytes=0-0"))).Status);
    }

    [Fact]
    public async Task Slices_share_the_slot_of_a_download_and_a_whole_archive_that_was_requested_as_a_slice_finds_none()
    {
        Put(2, 3 << 20);
        var process = Start(("MAX_ACTIVE_DOWNLOADS", "1"));
        var etag = (await process.SendAsync("HEAD")).ETag;
        var (gate, waiting) = (new TaskCompletionSource(), new SemaphoreSlim(0));
        Storage.BeforeOpen = async (_, _) =>
        {
            waiting.Release();
            await gate.Task;
        };

        // Fifteen slices of 1 MiB, after which one sixteenth of a download is left.
        var slices = Enumerable.Range(0, 15).Select(i => process.SendAsync("GET", ("Range", $"bytes={i * 1000}-{(i * 1000) + (1 << 20) - 1}"))).ToList();
        for (var i = 0; i < slices.Count; i++)
        {
            await waiting.WaitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(503, (await process.SendAsync("GET")).Status);
        Assert.Equal(503, (await process.SendAsync("GET", ("Range", "bytes=0-0"), ("If-Range", "\"another\""))).Status);
        Assert.Equal(206, (await process.SendAsync("GET", ("Range", "bytes=-1"), ("If-Range", etag))).Status);
        gate.SetResult();
        Assert.All(await Task.WhenAll(slices), static answer => Assert.Equal((206, 1 << 20), (answer.Status, answer.Body.Length)));
        Assert.Equal(200, (await process.SendAsync("GET")).Status);
    }

    private DownloadProcess Limited() => Start(("RATE_LIMIT_PER_IP", "1"), ("RATE_LIMIT_BURST", $"{Burst}"));
}
