using Egress.Links.Keys;

namespace Egress.Links;

/// <summary>Who may use the API of links.</summary>
public sealed record LinkOptions
{
    /// <summary>The keys; empty when there is no API.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];
}
