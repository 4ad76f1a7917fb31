namespace Egress.Downloads.Manifests;

/// <summary>How long manifests are reused, and how much memory they take.</summary>
public sealed record ManifestOptions
{
    /// <summary>How long after planning requests without conditions use the same manifest; zero to plan for each of them.</summary>
    public TimeSpan Reuse { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a manifest is kept after its last use, for requests that name its <c>ETag</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory of all manifests, in bytes; zero keeps none.</summary>
    public long Memory { get; init; } = 64 << 20;
}
