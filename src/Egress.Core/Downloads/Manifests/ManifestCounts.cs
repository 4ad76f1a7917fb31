namespace Egress.Downloads.Manifests;

/// <summary>The source of the manifest of a request.</summary>
internal enum ManifestSource
{
    /// <summary>The archive was planned.</summary>
    Planned,

    /// <summary>The memory of this process.</summary>
    Memory,

    /// <summary>The store that processes share.</summary>
    Store,
}

/// <summary>Counts the sources of manifests and the failures of their store, for the metrics. Thread-safe.</summary>
public sealed class ManifestCounts
{
    private readonly long[] _requests = new long[Enum.GetValues<ManifestSource>().Length];
    private long _failures;

    /// <summary>Failed calls of the store.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    /// <summary>Returns the number of requests that got a manifest from a source.</summary>
    internal long Requests(ManifestSource source) => Interlocked.Read(ref _requests[(int)source]);

    /// <summary>Counts a request that got its manifest.</summary>
    internal void Add(ManifestSource source) => Interlocked.Increment(ref _requests[(int)source]);

    /// <summary>Counts a failed call of the store.</summary>
    internal void AddFailure() => Interlocked.Increment(ref _failures);
}
