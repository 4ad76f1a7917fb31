namespace Egress.Downloads.Manifests;

/// <summary>How long manifests serve further requests, and how much memory they take.</summary>
public sealed record ManifestOptions
{
    /// <summary>How long after planning a request without conditions is served from the same manifest; zero plans for each of them.</summary>
    public TimeSpan Reuse { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a manifest is kept after its last use, for requests that name its <c>ETag</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Memory of all manifests, in bytes; zero keeps none.</summary>
    public long Memory { get; init; } = 64 << 20;
}
