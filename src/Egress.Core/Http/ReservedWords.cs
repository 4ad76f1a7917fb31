namespace Egress.Http;

/// <summary>Path segments that are never taken for the id of a record (contract §1).</summary>
public static class ReservedWords
{
    /// <summary>Reserved for later features and for what browsers and hosts ask for: answered 404.</summary>
    public static IReadOnlyList<string> WithoutRoute { get; } =
        ["links", "download", "view", "openapi.json", "admin", "runtime", "favicon.ico", "robots.txt"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = ["health", "ready", "metrics", .. WithoutRoute];
}
