using Egress.Backends;

namespace Egress.Records.Redis;

/// <summary>The keys that Egress itself uses in Redis. They have the same prefix as records, so no record may have one of them as its id.</summary>
internal static class RedisOwnKeys
{
    /// <summary>All links.</summary>
    public const string Links = "egress-links";

    /// <summary>The links that an API key created.</summary>
    public const string LinksBy = "egress-links-by:";

    /// <summary>A link.</summary>
    public const string Link = "egress-link:";

    /// <summary>The use of a link.</summary>
    public const string LinkUse = "egress-link-use:";

    /// <summary>The link that a request created.</summary>
    public const string LinkRequest = "egress-link-request:";

    /// <summary>A delivery, and the list of those that are due.</summary>
    public const string Deliveries = "{egress-deliveries}:";

    /// <summary>An export, its parts, and the list of those that are due.</summary>
    public const string Exports = "{egress-exports}:";

    /// <summary>A part of a manifest.</summary>
    public const string Manifest = "egress-manifest:";

    /// <summary>The CRC-32 of an object.</summary>
    public const string Crc32 = "egress-crc32:";

    /// <summary>The SHA-256 of an object.</summary>
    public const string Sha256 = "egress-sha256:";

    /// <summary>The beginning of such keys, after the prefix.</summary>
    private static readonly string[] Beginnings = [LinksBy, Link, LinkUse, LinkRequest, Deliveries, Exports, Manifest, Crc32, Sha256];

    /// <summary>Whether an id is such a key.</summary>
    public static bool Include(string id) =>
        id == Links || Array.Exists(Beginnings, beginning => id.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Refuses to store a record whose id is such a key.</summary>
    /// <exception cref="BackendException">Malformed: the id is such a key.</exception>
    public static void Refuse(string id)
    {
        if (Include(id))
        {
            throw new BackendException(Backend.Database, BackendFault.Malformed, $"The id '{id}' is a key that Egress itself uses in Redis.")
            {
                IdRefusal = "is a key that Egress itself uses in Redis",
            };
        }
    }
}
