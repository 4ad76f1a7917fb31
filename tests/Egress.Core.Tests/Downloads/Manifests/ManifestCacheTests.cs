using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Limits;
using Egress.Records;
using Egress.Storage;
using Egress.Zip;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Manifests;

public sealed class ManifestCacheTests
{
    private static readonly DownloadRecord Record = new() { Id = "id", Bucket = "b", Objects = [new PrefixItem("p/")] };

    private readonly FakeTimeProvider _time = new();
    private readonly List<ArchiveManifest> _planned = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_manifest_serves_further_requests_until_its_time_has_passed()
    {
        var cache = Cache(new ManifestOptions { Reuse = TimeSpan.FromSeconds(10) });
        var first = await GetAsync(cache);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Same(first, await GetAsync(cache));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(first, await GetAsync(cache));
    }

    [Fact]
    public async Task Without_reuse_each_request_is_planned()
    {
        var cache = Cache(new ManifestOptions { Reuse = TimeSpan.Zero });
        Assert.NotSame(await GetAsync(cache), await GetAsync(cache));
    }

    [Fact]
    public async Task A_request_that_names_an_archive_gets_it_while_it_is_in_use()
    {
        var cache = Cache(new ManifestOptions { Lifetime = TimeSpan.FromHours(1) });
        var first = await GetAsync(cache);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(50));
            await GetAsync(cache);
            Assert.Same(first, await GetAsync(cache, first.ETag!));
        }

        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.NotSame(first, await GetAsync(cache, first.ETag!));
    }

    [Fact]
    public async Task A_record_that_was_edited_does_not_get_the_old_archive()
    {
        var cache = Cache(new ManifestOptions());
        var first = await GetAsync(cache);
        var edited = new DownloadRecord { Id = "id", Bucket = "b", Objects = [new PrefixItem("q/")] };
        Assert.NotSame(first, await GetAsync(cache, edited, first.ETag!));
    }

    [Fact]
    public async Task A_manifest_that_was_dropped_is_planned_again()
    {
        var cache = Cache(new ManifestOptions());
        var first = await GetAsync(cache);
        cache.Drop(first);
        Assert.NotSame(first, await GetAsync(cache, first.ETag!));
    }

    [Fact]
    public async Task Memory_is_bounded_and_the_manifest_used_last_stays()
    {
        var size = Manifest(default, 0).SizeInBytes;
        var cache = Cache(new ManifestOptions { Memory = 2 * size, Reuse = TimeSpan.Zero });
        var (first, second) = (await GetAsync(cache), await GetAsync(cache));
        await GetAsync(cache, first.ETag!);
        await GetAsync(cache);
        Assert.Same(first, await GetAsync(cache, first.ETag!));
        Assert.NotSame(second, await GetAsync(cache, second.ETag!));
    }

    [Fact]
    public async Task Manifests_take_at_most_half_of_the_memory_of_the_process_and_less_if_downloads_use_it()
    {
        var size = Manifest(default, 0).SizeInBytes;
        var manifests = new TestManifests(new ManifestOptions { Reuse = TimeSpan.Zero }, _time) { Limits = new ProcessLimits(5 * size) };
        var cache = manifests.Cache;
        var kept = new[] { await GetAsync(cache), await GetAsync(cache), await GetAsync(cache) };
        Assert.NotSame(kept[0], await GetAsync(cache, kept[0].ETag!));
        Assert.True(manifests.Limits.Buffers.TryTake(3 * size));
        Assert.False(manifests.Limits.Buffers.TryTake(1 * size));

        // Downloads use the rest of the budget, so the next manifest evicts others.
        var newest = await GetAsync(cache);
        Assert.Same(newest, await GetAsync(cache, newest.ETag!));
        Assert.NotSame(kept[1], await GetAsync(cache, kept[1].ETag!));
        cache.Drop(newest);
    }

    [Fact]
    public async Task Without_lifetime_nothing_is_kept()
    {
        _time.AutoAdvanceAmount = TimeSpan.FromTicks(1);
        var cache = Cache(new ManifestOptions { Lifetime = TimeSpan.Zero });
        var first = await GetAsync(cache);
        Assert.NotSame(first, await GetAsync(cache, first.ETag!));
    }

    [Fact]
    public async Task Concurrent_requests_are_planned_once()
    {
        var cache = Cache(new ManifestOptions { Memory = 0 });
        var gate = new TaskCompletionSource();
        var requests = Enumerable.Range(0, 64).Select(_ => GetAsync(cache, gate.Task)).ToList();
        gate.SetResult();
        var manifests = await Task.WhenAll(requests);
        Assert.Single(_planned);
        Assert.All(manifests, manifest => Assert.Same(_planned[0], manifest));
    }

    [Fact]
    public async Task Planning_continues_after_its_first_request_is_cancelled_and_ends_with_the_last_request()
    {
        var cache = Cache(new ManifestOptions());
        using var stop = new CancellationTokenSource();
        var planning = new TaskCompletionSource<CancellationToken>();
        var gate = new TaskCompletionSource();
        async Task<ManifestResult> PlanAsync(ManifestKey key, CancellationToken token)
        {
            planning.SetResult(token);
            await gate.Task.WaitAsync(token);
            return Manifest(key, 0);
        }

        using var first = new CancellationTokenSource();
        var begun = cache.GetAsync(Record, new([]), new(), PlanAsync, first.Token).AsTask();
        var token = await planning.Task;
        var joined = cache.GetAsync(Record, new([]), new(), PlanAsync, stop.Token).AsTask();
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => begun);
        Assert.False(token.IsCancellationRequested);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => joined);
        Assert.True(token.IsCancellationRequested);

        // The next request creates its own plan instead of getting the canceled one.
        Assert.NotNull(await GetAsync(cache));
    }

    [Fact]
    public async Task Encrypted_archives_are_never_kept()
    {
        var cache = Cache(new ManifestOptions());
        var secret = new DownloadRecord { Id = "id", Bucket = "b", Objects = Record.Objects, Password = "p" };
        Assert.NotSame(await GetAsync(cache, secret), await GetAsync(cache, secret));
    }

    private ManifestCache Cache(ManifestOptions options) => new TestManifests(options, _time).Cache;

    private Task<ArchiveManifest> GetAsync(ManifestCache cache, params string[] etags) => GetAsync(cache, Record, etags);

    private Task<ArchiveManifest> GetAsync(ManifestCache cache, DownloadRecord record, params string[] etags) =>
        GetAsync(cache, record, Task.CompletedTask, etags);

    private Task<ArchiveManifest> GetAsync(ManifestCache cache, Task gate) => GetAsync(cache, Record, gate);

    private async Task<ArchiveManifest> GetAsync(ManifestCache cache, DownloadRecord record, Task gate, params string[] etags)
    {
        var result = await cache.GetAsync(record, new(etags), new(), PlanAsync, Token);
        return Assert.IsType<ArchiveManifest>(result.Manifest);

        async Task<ManifestResult> PlanAsync(ManifestKey key, CancellationToken token)
        {
            await gate;
            var manifest = Manifest(key, _planned.Count);
            _planned.Add(manifest);
            return manifest;
        }
    }

    private ArchiveManifest Manifest(ManifestKey key, int number) => TestManifests.Make(
        key, $"\"{number}\"", _time.GetUtcNow(),
        [new PlannedObject(new ObjectLocation("b", "p/a.txt"), new ZipEntry { Name = "a.txt", Method = ZipMethod.Stored, Size = 1 }, 1, "\"e\"")]);
}
