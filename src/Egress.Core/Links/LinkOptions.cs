using Egress.Links.Keys;

namespace Egress.Links;

/// <summary>The keys of the API.</summary>
public sealed record LinkOptions
{
    /// <summary>The keys; empty if there is no API.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];
}
