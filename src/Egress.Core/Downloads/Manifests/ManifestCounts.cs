namespace Egress.Downloads.Manifests;

/// <summary>Where a request got its manifest from.</summary>
internal enum ManifestSource
{
    /// <summary>The archive was planned for the request.</summary>
    Planned,

    /// <summary>The memory of this process.</summary>
    Memory,

    /// <summary>The store that processes share.</summary>
    Store,
}

/// <summary>Counts the requests by the source of their manifest, and the failures of the manifest store, for the metrics. Thread-safe.</summary>
public sealed class ManifestCounts
{
    private readonly long[] _requests = new long[Enum.GetValues<ManifestSource>().Length];
    private long _failures;

    /// <summary>The number of failed calls of the store.</summary>
    internal long Failures => Interlocked.Read(ref _failures);

    /// <summary>Returns the number of requests that got a manifest from a source.</summary>
    internal long Requests(ManifestSource source) => Interlocked.Read(ref _requests[(int)source]);

    /// <summary>Counts a request that got its manifest.</summary>
    internal void Add(ManifestSource source) => Interlocked.Increment(ref _requests[(int)source]);

    /// <summary>Counts a failed call of the store.</summary>
    internal void AddFailure() => Interlocked.Increment(ref _failures);
}
