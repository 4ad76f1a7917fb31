namespace Egress.Downloads.Manifests;

/// <summary>Where the manifest of a request came from.</summary>
internal enum ManifestSource
{
    /// <summary>The archive was planned.</summary>
    Planned,

    /// <summary>The memory of this process.</summary>
    Memory,

    /// <summary>The store that processes share.</summary>
    Store,
}

/// <summary>Counts where manifests came from, and the failures of their store: for the metrics. Thread-safe.</summary>
public sealed class ManifestCounts
{
    private readonly long[] _requests = new long[Enum.GetValues<ManifestSource>().Length];
    private long _failures;

    /// <summary>Failed calls of the store.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    /// <summary>Requests that got a manifest from a source.</summary>
    internal long Requests(ManifestSource source) => Interlocked.Read(ref _requests[(int)source]);

    /// <summary>A request got its manifest.</summary>
    internal void Add(ManifestSource source) => Interlocked.Increment(ref _requests[(int)source]);

    /// <summary>A call of the store failed.</summary>
    internal void AddFailure() => Interlocked.Increment(ref _failures);
}
