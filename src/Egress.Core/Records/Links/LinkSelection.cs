using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Records.Links;

/// <summary>The condition and the page of a list of links.</summary>
/// <param name="Limit">The largest number of links on the page.</param>
internal sealed record LinkSelection(int Limit)
{
    /// <summary>Only links that a key of this name created; null for all.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Only links in this condition; null for all.</summary>
    public LinkCondition? Condition { get; init; }

    /// <summary>The end of the previous page; null for the first page.</summary>
    public LinkCursor? After { get; init; }

    /// <summary>The time that decides whether links have expired.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether a link is selected, regardless of its place in the list.</summary>
    public bool Selects(LinkEntry link) =>
        (CreatedBy is null || string.Equals(link.CreatedBy, CreatedBy, StringComparison.Ordinal))
        && (Condition is null || Condition == ConditionOf(link));

    private LinkCondition ConditionOf(LinkEntry link) =>
        link.RevokedAt is not null ? LinkCondition.Revoked : link.ExpiresAt < Now ? LinkCondition.Expired : LinkCondition.Active;
}

/// <summary>The condition of a link. In lower case they are the values of the parameter <c>state</c>.</summary>
internal enum LinkCondition
{
    /// <summary>Neither revoked nor expired.</summary>
    Active,

    /// <summary>Revoked, whether expired or not.</summary>
    Revoked,

    /// <summary>Expired, and not revoked.</summary>
    Expired,
}

/// <summary>One page of links.</summary>
/// <param name="Links">The links, newest first.</param>
/// <param name="Next">The place where the next page begins; null on the last page.</param>
internal sealed record LinkPage(IReadOnlyList<LinkEntry> Links, LinkCursor? Next);

/// <summary>A place in the list of links.</summary>
/// <param name="CreatedAt">Unix time in milliseconds.</param>
/// <param name="Key">Key of the link, by which links of the same millisecond are sorted.</param>
internal readonly record struct LinkCursor(long CreatedAt, string Key)
{
    private const int KeyLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>Returns the place of a link.</summary>
    public static LinkCursor Of(LinkEntry link) => new(link.CreatedAt.ToUnixTimeMilliseconds(), KeyOf(link.Id));

    /// <summary>
    /// Returns the key under which a link is stored. It is a digest, because ids may be long and databases compare texts differently.
    /// </summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    public static string KeyOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    /// <summary>Reads a place that <see cref="ToString"/> wrote.</summary>
    public static LinkCursor? Parse(string text)
    {
        var parts = text.Split('-');
        return parts is [var at, { Length: KeyLength } key] && key.All(char.IsAsciiHexDigitLower)
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var createdAt)
                ? new LinkCursor(createdAt, key)
                : null;
    }

    /// <summary>Writes the place so that texts sort like links.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedAt:D19}-{Key}");
}
