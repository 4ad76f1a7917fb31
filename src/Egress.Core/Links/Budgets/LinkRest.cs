namespace Egress.Links.Budgets;

/// <summary>What is left of a limited link, for people. What running downloads reserved is not subtracted: they may give it back.</summary>
/// <param name="MaxDownloads">How many downloads the link allows.</param>
/// <param name="Downloads">How many downloads of the whole archive are left.</param>
/// <param name="Bytes">Bytes that are left for parts of the archive when less than a whole download is left.</param>
internal sealed record LinkRest(long MaxDownloads, long Downloads, long Bytes)
{
    /// <summary>Whether nothing is left. The additional bytes of a link are for probes, not for people.</summary>
    public bool IsUsedUp => Downloads == 0 && Bytes == 0;
}
