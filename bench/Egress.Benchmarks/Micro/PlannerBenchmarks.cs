using BenchmarkDotNet.Attributes;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Manifests.Storing;
using Egress.Downloads.Planning;
using Egress.Limits;
using Egress.Records;
using Egress.Signing;
using Egress.Storage;
using Egress.Storage.S3;
using Microsoft.Extensions.Logging.Abstractions;

namespace Egress.Benchmarks.Micro;

/// <summary>Plans a download of 10,000 objects. The record and the properties of the objects come from memory.</summary>
[MemoryDiagnoser]
public class PlannerBenchmarks
{
    private const string Id = "record";

    private static readonly LinkSigner Links = new(new SigningOptions { Secret = "benchmark-secret-0123456789", Enforce = true });

    private readonly DownloadRequest _request = new(Id, null, Links.Sign(Id, null));
    private DownloadPlanner _planner = null!;

    /// <summary>Whether the record declares the sizes, so that no look-up is needed.</summary>
    [Params(false, true)]
    public bool Declared { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var (options, counts) = (new ManifestOptions { Memory = 0 }, new ManifestCounts());
        var stored = new StoredManifests(
            new NoManifestStore(), options, new DownloadOptions(), new S3Options(), counts, TimeProvider.System, NullLogger<StoredManifests>.Instance);
        _planner = new DownloadPlanner(
            Links, new OneRecord(Declared), new InMemory(), new ManifestCache(options, stored, counts, new ProcessLimits(), TimeProvider.System), new ProcessLimits(), new DownloadOptions(),
            TimeProvider.System);
    }

    [Benchmark]
    public async Task<int> Plan()
    {
        var result = await _planner.PlanAsync(_request, CancellationToken.None);
        return result.Plan?.Objects.Count ?? throw new InvalidOperationException($"Refused: {result.Rejection?.Reason}");
    }

    private sealed class OneRecord(bool declared) : IRecordStore
    {
        private readonly DownloadRecord _record = new()
        {
            Id = Id,
            Bucket = "photos",
            Objects = [.. Enumerable.Range(0, 10000).Select(i => new ObjectItem($"2024/05/photo-{i:00000}.jpg") { Size = declared ? 1 << 20 : null })],
        };

        public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) => new(_record);
    }

    private sealed class InMemory : IObjectStorage
    {
        public bool IsRemote => true;

        public ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken) =>
            new(new ObjectProperties(location, 1 << 20) { ETag = "\"tag\"" });

        public ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken) =>
            throw new NotSupportedException("Planning opens nothing.");

        public IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken) =>
            AsyncEnumerable.Range(0, 10000).Select(i => new ObjectProperties(new ObjectLocation(prefix.Bucket, $"2024/05/photo-{i:00000}.jpg"), 1 << 20));
    }
}
