using System.IO.Pipelines;
using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Checksums;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Limits;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Signing;
using Egress.Storage;
using Egress.Storage.S3;
using Egress.Zip;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads;

/// <summary>
/// The planner and the streamer of one process, with a scripted storage. Several fixtures may share the storage and the cache of checksums.
/// </summary>
internal sealed class DownloadFixture(ScriptedStorage storage, MemoryCrcCache cache) : IRecordStore
{
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero));

    public DownloadFixture()
        : this(new ScriptedStorage(), new MemoryCrcCache())
    {
    }

    public ScriptedStorage Storage => storage;

    public MemoryCrcCache Cache => cache;

    public FakeLogCollector Log { get; } = new();

    public DownloadOptions Options { get; init; } = new() { CompressionLevel = 0, StreamBufferSize = 16 << 10 };

    /// <summary>The options of the manifest cache. By default it keeps no manifests, so that each download is planned.</summary>
    public ManifestOptions ManifestOptions { get; init; } = new() { Memory = 0 };

    /// <summary>The manifest store that processes share; null for none.</summary>
    public IManifestStore? ManifestStore { get; init; }

    public TestManifests ManifestParts => field ??= new TestManifests(ManifestOptions, Time, ManifestStore) { Downloads = Options };

    public ManifestCache Manifests => ManifestParts.Cache;

    public ProcessLimits Limits { get; } = new();

    public DownloadRecord Record { get; set; } = new() { Id = "id", Bucket = "b", Objects = [] };

    /// <summary>Called before the record is looked up.</summary>
    public Func<CancellationToken, Task> BeforeFind { get; set; } = _ => Task.CompletedTask;

    /// <summary>The streamer, whose downloads share the memory of one process.</summary>
    public ArchiveStreamer Streamer => field ??= new ArchiveStreamer(storage, Checksums, Limits, Options, Time);

    /// <summary>The lookup of checksums, with the cache of this process.</summary>
    public ChecksumLookup Checksums => field ??= new ChecksumLookup(cache, cache.Digests, new S3Options(), Limits, new FakeLogger<ChecksumLookup>(Log));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Adds objects to both the storage and the record.</summary>
    public DownloadFixture Put(params (string Key, byte[] Content)[] objects)
    {
        foreach (var (key, content) in objects)
        {
            storage.Objects[key] = content;
        }

        return With([.. objects.Select(o => new ObjectItem(o.Key))]);
    }

    public DownloadFixture With(params RecordItem[] items)
    {
        Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = items, Password = Record.Password, ChecksumFile = Record.ChecksumFile };
        return this;
    }

    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await BeforeFind(cancellationToken);
        return Record;
    }

    public DownloadPlanner Planner() => new(new LinkSigner(new SigningOptions()), this, storage, Manifests, Limits, Options, Time);

    public async Task<DownloadPlan> PlanAsync()
    {
        var result = await Planner().PlanAsync(new DownloadRequest("id", null, null), Token);
        return Assert.IsType<DownloadPlan>(result.Plan);
    }

    /// <summary>Downloads the archive or a part of it.</summary>
    public async Task<(byte[] Bytes, DownloadOutcome Outcome)> DownloadAsync(ArchiveRange? range = null, Stream? target = null) =>
        await DownloadAsync(await PlanAsync(), range ?? ArchiveRange.All, target);

    /// <summary>Downloads a range of a planned archive.</summary>
    public async Task<(byte[] Bytes, DownloadOutcome Outcome)> DownloadAsync(DownloadPlan plan, ArchiveRange range, Stream? target = null)
    {
        using var watch = new DownloadLifetime(Options, Time, Token);
        await using var transfer = await Streamer.OpenAsync(plan, range, watch);
        target ??= new MemoryStream();
        await transfer.PrepareAsync(PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true)));
        var outcome = await transfer.SendAsync();
        return (target is MemoryStream memory ? memory.ToArray() : [], outcome);
    }

    /// <summary>Downloads the whole archive in one response.</summary>
    public async Task<byte[]> WholeAsync()
    {
        var (bytes, outcome) = await DownloadAsync();
        Assert.Equal(FailureReason.None, outcome.Reason);
        return bytes;
    }

    /// <summary>Downloads the archive from an offset to its end.</summary>
    public async Task<byte[]> FromAsync(long offset)
    {
        var plan = await PlanAsync();
        var (bytes, outcome) = await DownloadAsync(new ArchiveRange(offset, plan.Layout.Length!.Value));
        Assert.Equal((FailureReason.None, true, offset > 0), (outcome.Reason, outcome.ReachesEnd, outcome.IsResumed));
        return bytes;
    }

    /// <summary>Returns the objects that were opened since the last call, with the opened range.</summary>
    public List<(string Key, ObjectRange Range)> TakeOpened()
    {
        var opened = storage.Opened.OrderBy(o => o.Key, StringComparer.Ordinal).ThenBy(o => o.Range.Offset).ToList();
        storage.Opened.Clear();
        return opened;
    }
}
