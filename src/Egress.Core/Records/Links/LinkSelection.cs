using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Records.Links;

/// <summary>The condition and the page of a list of links.</summary>
/// <param name="Limit">The largest number of links on the page.</param>
internal sealed record LinkSelection(int Limit)
{
    /// <summary>Selects only links that a key with this name created; null for all links.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Selects only links in this condition; null for all links.</summary>
    public LinkCondition? Condition { get; init; }

    /// <summary>The position of the last link of the previous page; null for the first page.</summary>
    public LinkCursor? After { get; init; }

    /// <summary>The time that decides whether links have expired.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether a link is selected, regardless of the page.</summary>
    public bool Selects(LinkEntry link) =>
        (CreatedBy is null || string.Equals(link.CreatedBy, CreatedBy, StringComparison.Ordinal))
        && (Condition is null || Condition == ConditionOf(link));

    private LinkCondition ConditionOf(LinkEntry link) =>
        link.RevokedAt is not null ? LinkCondition.Revoked : link.ExpiresAt < Now ? LinkCondition.Expired : LinkCondition.Active;
}

/// <summary>The condition of a link. The names in lower case are the values of the query parameter <c>state</c>.</summary>
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
/// <param name="Next">The position of the last link on this page, after which the next page starts; null on the last page.</param>
internal sealed record LinkPage(IReadOnlyList<LinkEntry> Links, LinkCursor? Next);

/// <summary>A position in the list of links, which is sorted by time and then by key.</summary>
/// <param name="CreatedAt">When the link was created, as Unix time in milliseconds.</param>
/// <param name="Key">The key of the link, which orders links that were created in the same millisecond.</param>
internal readonly record struct LinkCursor(long CreatedAt, string Key)
{
    private const int KeyLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>Returns the position of a link.</summary>
    public static LinkCursor Of(LinkEntry link) => new(link.CreatedAt.ToUnixTimeMilliseconds(), KeyOf(link.Id));

    /// <summary>
    /// Returns the key under which a link is stored. It is the SHA-256 digest of the id, because ids may be long and databases compare texts
    /// differently.
    /// </summary>
    /// <param name="id">Id of the record, as the store prints it.</param>
    public static string KeyOf(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    /// <summary>Reads a position that <see cref="ToString"/> wrote; null for any other text.</summary>
    public static LinkCursor? Parse(string text)
    {
        var parts = text.Split('-');
        return parts is [var at, { Length: KeyLength } key] && key.All(char.IsAsciiHexDigitLower)
            && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var createdAt)
                ? new LinkCursor(createdAt, key)
                : null;
    }

    /// <summary>Writes the position as a text. The texts have the same order as the positions.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{CreatedAt:D19}-{Key}");
}
