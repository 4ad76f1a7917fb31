using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Manifests.Storing;
using Egress.Limits;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Storage;
using Egress.Storage.S3;
using Egress.Zip;
using Microsoft.Extensions.Logging.Testing;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>The manifest cache of one process, for tests.</summary>
/// <param name="options">The options of the cache.</param>
/// <param name="time">The clock.</param>
/// <param name="store">The manifest store that processes share; null for none.</param>
internal sealed class TestManifests(ManifestOptions options, TimeProvider time, IManifestStore? store = null)
{
    public DownloadOptions Downloads { get; init; } = new();

    public StorageOptions Storage { get; init; } = new S3Options();

    public FakeLogCollector Log { get; init; } = new();

    public ManifestCounts Counts { get; } = new();

    public ProcessLimits Limits { get; init; } = new();

    public StoredManifests Stored => field ??= new StoredManifests(
        store ?? new NoManifestStore(), options, Downloads, Storage, Counts, time, new FakeLogger<StoredManifests>(Log));

    public ManifestCache Cache => field ??= new ManifestCache(options, Stored, Counts, Limits, time);

    /// <summary>Returns a manifest of the objects, as the planner would.</summary>
    public static ArchiveManifest Make(
        ManifestKey key, string? etag, DateTimeOffset plannedAt, IEnumerable<PlannedObject> objects, ZipOptions? zip = null, PlannedObject? report = null,
        PlannedObject? checksumFile = null)
    {
        var builder = new ManifestBuilder(zip ?? new ZipOptions());
        var count = 0;
        foreach (var planned in objects)
        {
            builder.Add(planned);
            count++;
        }

        return builder.Build(key, report, checksumFile, new ObjectCounts(count, 0, 0), etag, plannedAt);
    }
}
