using System.Text.Json.Serialization;

namespace Egress.Links.Budgets;

/// <summary>
/// How much of a link's download limit is used: the bytes and uses of ended responses, and the reservations of running ones. All instances change it
/// with statements that may be repeated, so every change must be idempotent (docs/decisions/0012-budget-of-a-link.md).
/// </summary>
internal sealed class LinkBudget
{
    /// <summary>
    /// The bytes that a link may send beyond its limit, because clients probe and repeat broken transfers. The share that <see cref="ExtraPart"/>
    /// defines is added to them.
    /// </summary>
    internal const long ExtraBytes = 16 << 20;

    /// <summary>The divisor of the share of the limit that a link may send beyond it: one twentieth, which is 5 %.</summary>
    private const int ExtraPart = 20;

    /// <summary>
    /// The number of ended responses whose ids are kept. It is larger than the number of responses of a link that end while a statement is repeated.
    /// </summary>
    private const int MostEnded = 32;

    /// <summary>The largest length of the whole archive that any request had, in bytes.</summary>
    public long Length { get; set; }

    /// <summary>The number of bytes that ended responses have sent.</summary>
    public long Bytes { get; set; }

    /// <summary>The number of uses by ended responses of unknown length.</summary>
    public long Uses { get; set; }

    /// <summary>The reservations of responses that are running, or whose process died and whose lease has not ended yet.</summary>
    public List<Reserved> Running { get; init; } = [];

    /// <summary>
    /// The ids of the responses that ended last. They keep a response from being counted twice if its statement is repeated after another instance
    /// has changed the budget.
    /// </summary>
    public List<string> Ended { get; init; } = [];

    /// <summary>Reserves the bytes of a response, or one use, unless that would exceed the limit of the link.</summary>
    /// <param name="wanted">The reservation.</param>
    /// <param name="maxDownloads">The limit of downloads of the link.</param>
    /// <param name="archiveLength">Length of the archive; null if it is not known.</param>
    /// <param name="now">The time.</param>
    public Admission Reserve(Reserved wanted, long maxDownloads, long? archiveLength, DateTimeOffset now)
    {
        RemoveLost(now);
        if (Running.Exists(other => other.Id == wanted.Id))
        {
            return Admission.Granted;
        }

        Length = Math.Max(Length, archiveLength ?? 0);
        if (!Fits(wanted, maxDownloads, 0, 0))
        {
            return Admission.UsedUp;
        }

        if (!Fits(wanted, maxDownloads, Running.Sum(static other => other.Bytes), Running.Sum(static other => other.Uses)))
        {
            return Admission.AllReserved;
        }

        Running.Add(wanted);
        return Admission.Granted;
    }

    /// <summary>Extends the lease of a response. A reservation whose lease had ended is added again, because its response is still running.</summary>
    public void Renew(Reserved response)
    {
        Running.RemoveAll(other => other.Id == response.Id);
        Running.Add(response);
    }

    /// <summary>Ends a response, and counts its bytes and uses once.</summary>
    /// <param name="id">The response.</param>
    /// <param name="bytes">Bytes that it sent.</param>
    /// <param name="uses">The number of uses that it counts as: zero or one.</param>
    /// <param name="now">The time.</param>
    public void Settle(string id, long bytes, long uses, DateTimeOffset now)
    {
        RemoveLost(now);
        Running.RemoveAll(other => other.Id == id);
        if (Ended.Contains(id))
        {
            return;
        }

        Ended.Add(id);
        Ended.RemoveRange(0, Math.Max(0, Ended.Count - MostEnded));
        Bytes += bytes;
        Uses += uses;
    }

    /// <summary>Returns how many downloads of the link are left.</summary>
    /// <param name="maxDownloads">The limit of downloads of the link.</param>
    /// <param name="archiveLength">Length of the archive; null if it is not known.</param>
    /// <param name="isCounted">Whether each download counts as a use, because its length is not known.</param>
    public LinkRest RestOf(long maxDownloads, long? archiveLength, bool isCounted)
    {
        var length = Math.Max(Length, archiveLength ?? 0);
        var nominal = (Int128)length * maxDownloads;
        var left = Allowed(nominal) - Bytes;
        if (isCounted)
        {
            return new LinkRest(maxDownloads, left < 0 ? 0 : Math.Max(0, maxDownloads - Uses), 0);
        }

        // The bytes that are allowed beyond the limit, and the bytes of broken transfers, are not shown as downloads.
        var whole = length == 0 ? maxDownloads : (long)Int128.Clamp(left / length, 0, maxDownloads);
        var taken = length == 0 ? 0 : (Bytes + (length / 2)) / length;
        var downloads = Math.Min(whole, Math.Max(1, maxDownloads - taken));
        return new LinkRest(maxDownloads, downloads, downloads > 0 ? 0 : (long)Int128.Clamp(nominal - Bytes, 0, long.MaxValue));
    }

    private void RemoveLost(DateTimeOffset now) => Running.RemoveAll(other => other.Until <= now.ToUnixTimeMilliseconds());

    private bool Fits(Reserved wanted, long maxDownloads, long reservedBytes, long reservedUses)
    {
        // The product needs more than 64 bits for a long archive and a limit of a million downloads.
        var nominal = (Int128)Length * maxDownloads;
        return (Int128)Bytes + reservedBytes + wanted.Bytes <= Allowed(nominal) && Uses + reservedUses + wanted.Uses <= maxDownloads;
    }

    private static Int128 Allowed(Int128 nominal) => nominal + (nominal / ExtraPart) + ExtraBytes;
}

/// <summary>The reservation of a running response.</summary>
/// <param name="Id">Identifies the response.</param>
/// <param name="Bytes">The number of bytes that the response may send; zero if the length of the archive is not known.</param>
/// <param name="Uses">One if the length of the archive is not known; otherwise zero.</param>
/// <param name="Until">The end of the lease, as Unix time in milliseconds.</param>
internal sealed record Reserved(string Id, long Bytes, long Uses, long Until);

/// <summary>The result of reserving bytes or a use for a response.</summary>
internal enum Admission
{
    /// <summary>The response may begin, and its reservation is stored.</summary>
    Granted,

    /// <summary>The response is refused, because ended responses have used up the limit.</summary>
    UsedUp,

    /// <summary>The response is refused for now, because running responses have reserved the rest of the limit. They may release a part of it.</summary>
    AllReserved,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LinkBudget))]
internal sealed partial class LinkBudgetJson : JsonSerializerContext;
