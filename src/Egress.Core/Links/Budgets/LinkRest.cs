namespace Egress.Links.Budgets;

/// <summary>
/// The rest of a link's limit, as shown to people. Reservations of running downloads are not subtracted, because they may be released.
/// </summary>
/// <param name="MaxDownloads">The limit of downloads of the link.</param>
/// <param name="Downloads">The number of downloads of the whole archive that are left.</param>
/// <param name="Bytes">Bytes that are left for parts of the archive, if less than a whole download is left.</param>
internal sealed record LinkRest(long MaxDownloads, long Downloads, long Bytes)
{
    /// <summary>Whether the limit is used up. The additional bytes of a link are not counted, because they are for probes.</summary>
    public bool IsUsedUp => Downloads == 0 && Bytes == 0;
}
