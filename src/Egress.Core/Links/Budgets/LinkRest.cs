namespace Egress.Links.Budgets;

/// <summary>
/// How many downloads of a link are left, for pages and the API. Reservations of running downloads are not subtracted, because they may be released.
/// </summary>
/// <param name="MaxDownloads">The limit of downloads of the link.</param>
/// <param name="Downloads">The number of downloads of the whole archive that are left.</param>
/// <param name="Bytes">The number of bytes that are left for parts of the archive, if less than a whole download is left; otherwise zero.</param>
internal sealed record LinkRest(long MaxDownloads, long Downloads, long Bytes)
{
    /// <summary>Whether the limit is used up. The bytes that a link may send beyond its limit do not count as left.</summary>
    public bool IsUsedUp => Downloads == 0 && Bytes == 0;
}
