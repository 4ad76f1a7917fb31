using Egress.Backends;

namespace Egress.Records.Redis;

/// <summary>
/// The Redis keys of Egress's own data, without the prefix that they share with records. A record must not have one of them as its id. Names with a
/// colon at the end are only the start of a key.
/// </summary>
internal static class RedisOwnKeys
{
    /// <summary>The list of all links.</summary>
    public const string Links = "egress-links";

    /// <summary>The list of the links that an API key created; the name of the API key follows.</summary>
    public const string LinksBy = "egress-links-by:";

    /// <summary>The state of a link; the key of the link follows.</summary>
    public const string Link = "egress-link:";

    /// <summary>The use and the budget of a link; the key of the link follows.</summary>
    public const string LinkUse = "egress-link-use:";

    /// <summary>The link that a request created.</summary>
    public const string LinkRequest = "egress-link-request:";

    /// <summary>The states of deliveries, and the list of deliveries that are due.</summary>
    public const string Deliveries = "{egress-deliveries}:";

    /// <summary>The states of exports, their parts, and the list of exports that are due.</summary>
    public const string Exports = "{egress-exports}:";

    /// <summary>A part of a manifest; the id of the manifest and the number of the part follow.</summary>
    public const string Manifest = "egress-manifest:";

    /// <summary>The CRC-32 of an object.</summary>
    public const string Crc32 = "egress-crc32:";

    /// <summary>The SHA-256 of an object.</summary>
    public const string Sha256 = "egress-sha256:";

    /// <summary>The strings with which the keys of Egress's own data start, except <see cref="Links"/>.</summary>
    private static readonly string[] Beginnings = [LinksBy, Link, LinkUse, LinkRequest, Deliveries, Exports, Manifest, Crc32, Sha256];

    /// <summary>Whether an id would be a key of Egress's own data.</summary>
    public static bool Include(string id) =>
        id == Links || Array.Exists(Beginnings, beginning => id.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Refuses to store a record whose id would be a key of Egress's own data.</summary>
    /// <exception cref="BackendException">Malformed: the id is such a key. The exception has an <see cref="BackendException.IdRefusal"/>.</exception>
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
