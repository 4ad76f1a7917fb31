using System.Text.Json.Serialization;

namespace Egress.Links.Budgets;

/// <summary>
/// The used part of a link's limit: the bytes and uses of ended downloads, and the reservations of running ones. All instances share it, so every
/// change must be safe to repeat (docs/decisions/0012-budget-of-a-link.md).
/// </summary>
internal sealed class LinkBudget
{
    /// <summary>The number of bytes that are allowed in addition, for probes and for bytes that broken transfers lost.</summary>
    internal const long ExtraBytes = 16 << 20;

    /// <summary>The share of the limit that is allowed in addition: one twentieth, which is 5 %.</summary>
    private const int ExtraPart = 20;

    /// <summary>
    /// The number of ended responses that are kept. It is larger than the number of responses that end while a statement is repeated.
    /// </summary>
    private const int MostEnded = 32;

    /// <summary>The largest length of the whole archive in any request.</summary>
    public long Length { get; set; }

    /// <summary>Bytes that ended responses have sent.</summary>
    public long Bytes { get; set; }

    /// <summary>Uses by ended responses of unknown length.</summary>
    public long Uses { get; set; }

    /// <summary>Responses that are running, or whose process died.</summary>
    public List<Reserved> Running { get; init; } = [];

    /// <summary>
    /// The responses that ended last. With them a statement that is repeated after another instance has changed the budget counts no response twice.
    /// </summary>
    public List<string> Ended { get; init; } = [];

    /// <summary>Reserves the bytes or the use of a response, unless that exceeds the limit.</summary>
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

    /// <summary>Extends the lease of a response. A lease that has ended begins again, because its response is still running.</summary>
    public void Renew(Reserved response)
    {
        Running.RemoveAll(other => other.Id == response.Id);
        Running.Add(response);
    }

    /// <summary>Ends a response, and counts its bytes and uses once.</summary>
    /// <param name="id">The response.</param>
    /// <param name="bytes">Bytes that it sent.</param>
    /// <param name="uses">Uses that it counts as.</param>
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

    /// <summary>Returns the rest of the link's limit.</summary>
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

        // The additional bytes, and bytes that broken transfers lost, are not shown as downloads.
        var whole = length == 0 ? maxDownloads : (long)Int128.Clamp(left / length, 0, maxDownloads);
        var taken = length == 0 ? 0 : (Bytes + (length / 2)) / length;
        var downloads = Math.Min(whole, Math.Max(1, maxDownloads - taken));
        return new LinkRest(maxDownloads, downloads, downloads > 0 ? 0 : (long)Int128.Clamp(nominal - Bytes, 0, long.MaxValue));
    }

    private void RemoveLost(DateTimeOffset now) => Running.RemoveAll(other => other.Until <= now.ToUnixTimeMilliseconds());

    private bool Fits(Reserved wanted, long maxDownloads, long reservedBytes, long reservedUses)
    {
        // A million times the length of a long archive needs more than 64 bits.
        var nominal = (Int128)Length * maxDownloads;
        return (Int128)Bytes + reservedBytes + wanted.Bytes <= Allowed(nominal) && Uses + reservedUses + wanted.Uses <= maxDownloads;
    }

    private static Int128 Allowed(Int128 nominal) => nominal + (nominal / ExtraPart) + ExtraBytes;
}

/// <summary>The reservation of a running response.</summary>
/// <param name="Id">Identifies the response.</param>
/// <param name="Bytes">Bytes of the archive, if its length is known.</param>
/// <param name="Uses">One if its length is not known.</param>
/// <param name="Until">The end of the lease as Unix time in milliseconds.</param>
internal sealed record Reserved(string Id, long Bytes, long Uses, long Until);

/// <summary>Whether a response may begin.</summary>
internal enum Admission
{
    /// <summary>The response may begin, and its reservation is stored.</summary>
    Granted,

    /// <summary>Ended responses have used up the limit.</summary>
    UsedUp,

    /// <summary>Running responses have reserved the rest. They may release a part of it.</summary>
    AllReserved,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LinkBudget))]
internal sealed partial class LinkBudgetJson : JsonSerializerContext;
