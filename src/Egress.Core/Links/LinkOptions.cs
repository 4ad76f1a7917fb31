using Egress.Links.Keys;

namespace Egress.Links;

/// <summary>The options of the API.</summary>
public sealed record LinkOptions
{
    /// <summary>The API keys; empty if the API is switched off.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];
}
