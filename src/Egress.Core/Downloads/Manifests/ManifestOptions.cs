namespace Egress.Downloads.Manifests;

/// <summary>How long manifests are reused, and how much memory they take.</summary>
public sealed record ManifestOptions
{
    /// <summary>The time after planning in which requests without conditions share the manifest; zero to plan for each of them.</summary>
    public TimeSpan Reuse { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a manifest is kept after its last use, for requests that send its <c>ETag</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The largest memory of all manifests together, in bytes; zero to keep none.</summary>
    public long Memory { get; init; } = 64 << 20;
}
