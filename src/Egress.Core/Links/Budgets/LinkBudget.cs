using System.Text.Json.Serialization;

namespace Egress.Links.Budgets;

/// <summary>
/// What the downloads of a limited link took, and what those reserve that run. All instances share it, so every change must be safe to repeat
/// (docs/decisions/0012-budget-of-a-link.md).
/// </summary>
internal sealed class LinkBudget
{
    /// <summary>What is granted in addition, for probes and for bytes that broken transfers lost on their way.</summary>
    internal const long ExtraBytes = 16 << 20;

    /// <summary>What is granted in addition as a part of the whole: a twentieth is 5 %.</summary>
    private const int ExtraPart = 20;

    /// <summary>How many responses are remembered that have ended: more than end while a statement is repeated.</summary>
    private const int MostEnded = 32;

    /// <summary>The greatest length of the whole archive that requests saw.</summary>
    public long Length { get; set; }

    /// <summary>Bytes that responses sent which have ended.</summary>
    public long Bytes { get; set; }

    /// <summary>Uses of responses of unknown length which have ended.</summary>
    public long Uses { get; set; }

    /// <summary>Responses that run, or whose process died.</summary>
    public List<Reserved> Running { get; init; } = [];

    /// <summary>Responses that ended last. A statement that is repeated after another instance has changed the budget counts nothing twice.</summary>
    public List<string> Ended { get; init; } = [];

    /// <summary>Reserves what a response may take, unless that exceeds the limit.</summary>
    /// <param name="wanted">What it may take.</param>
    /// <param name="maxDownloads">How many downloads the link allows.</param>
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

    /// <summary>Extends the lease of a response. A lease that ended begins again: its response is alive.</summary>
    public void Renew(Reserved response)
    {
        Running.RemoveAll(other => other.Id == response.Id);
        Running.Add(response);
    }

    /// <summary>Ends a response, and counts what it took, once.</summary>
    /// <param name="id">The response.</param>
    /// <param name="bytes">Bytes that it sent.</param>
    /// <param name="uses">Uses that it counts for.</param>
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

    /// <summary>What is left of the link.</summary>
    /// <param name="maxDownloads">How many downloads the link allows.</param>
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

        // What broken transfers lost is not shown as a download, and neither are the bytes that are granted in addition.
        var whole = length == 0 ? maxDownloads : (long)Int128.Clamp(left / length, 0, maxDownloads);
        var taken = length == 0 ? 0 : (Bytes + (length / 2)) / length;
        var downloads = Math.Min(whole, Math.Max(1, maxDownloads - taken));
        return new LinkRest(maxDownloads, downloads, downloads > 0 ? 0 : (long)Int128.Clamp(nominal - Bytes, 0, long.MaxValue));
    }

    private void RemoveLost(DateTimeOffset now) => Running.RemoveAll(other => other.Until <= now.ToUnixTimeMilliseconds());

    private bool Fits(Reserved wanted, long maxDownloads, long reservedBytes, long reservedUses)
    {
        // More than 64 bits: a million times a long archive.
        var nominal = (Int128)Length * maxDownloads;
        return (Int128)Bytes + reservedBytes + wanted.Bytes <= Allowed(nominal) && Uses + reservedUses + wanted.Uses <= maxDownloads;
    }

    private static Int128 Allowed(Int128 nominal) => nominal + (nominal / ExtraPart) + ExtraBytes;
}

/// <summary>What a running response may take.</summary>
/// <param name="Id">Identifies the response.</param>
/// <param name="Bytes">Bytes of the archive, if its length is known.</param>
/// <param name="Uses">One if its length is not known.</param>
/// <param name="Until">When the lease ends: Unix time in milliseconds.</param>
internal sealed record Reserved(string Id, long Bytes, long Uses, long Until);

/// <summary>Whether a response may begin.</summary>
internal enum Admission
{
    /// <summary>It may, and what it may take is reserved.</summary>
    Granted,

    /// <summary>Responses that have ended took too much.</summary>
    UsedUp,

    /// <summary>Running responses reserved too much. Some of it may be given back.</summary>
    AllReserved,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(LinkBudget))]
internal sealed partial class LinkBudgetJson : JsonSerializerContext;
