using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Downloads;
using Egress.Zip;

namespace Egress.Links;

/// <summary>The properties of an archive that the creator of a link may want to know before sending the link to people.</summary>
/// <param name="Files">Number of files of the archive; null if it is not known, because objects under a prefix were not looked up.</param>
/// <param name="Length">Exact length of the archive in bytes; null if it is not known.</param>
/// <param name="Resumable">Whether an interrupted download can be resumed.</param>
/// <param name="NotResumableBecause">The reasons why a download cannot be resumed, in sentences; null if it can.</param>
/// <param name="Missing">Objects that do not exist and are left out.</param>
internal sealed record LinkSummary(int? Files, long? Length, bool Resumable, IReadOnlyList<string>? NotResumableBecause, int Missing)
{
    private const int MostNames = 3;
    private const int MostNameLength = 80;

    /// <summary>Returns the summary of a plan.</summary>
    public static LinkSummary Of(DownloadPlan plan) => new(
        plan.RequestedCount - plan.MissingCount - plan.UnavailableCount, plan.Layout.Length, plan.ETag is not null,
        plan.ETag is null ? [.. ReasonsOf(plan)] : null, plan.MissingCount + plan.UnavailableCount);

    /// <summary>Returns the summary of a record whose objects were not looked up.</summary>
    /// <param name="files">The number of files that the record names one by one; null if it names prefixes.</param>
    public static LinkSummary Unchecked(int? files) => new(files, null, false, ["it is not known: the objects were not looked up (\"check\": false)"], 0);

    /// <summary>Reads a summary that <see cref="Write"/> wrote.</summary>
    public static LinkSummary Read(string text) => JsonSerializer.Deserialize(text, LinkSummaryJson.Default.LinkSummary)!;

    /// <summary>Writes the summary as JSON.</summary>
    public string Write() => JsonSerializer.Serialize(this, LinkSummaryJson.Default.LinkSummary);

    private static IEnumerable<string> ReasonsOf(DownloadPlan plan)
    {
        if (!string.IsNullOrEmpty(plan.ZipOptions.Password))
        {
            yield return "the archive is encrypted: its bytes differ with each download";
        }

        var (compressed, unpinned) = (new Names(), new Names());
        foreach (var planned in plan.Objects)
        {
            if (planned.Entry.Method == ZipMethod.Deflate)
            {
                compressed.Add(planned.Entry.Name);
            }

            if (planned is { Content: null, Size: > 0, HasStrongETag: false, Entry.Crc32: null })
            {
                unpinned.Add(planned.Entry.Name);
            }
        }

        if (compressed.Count > 0)
        {
            yield return compressed.Count == 1 ? $"1 entry will be compressed: {compressed}" : string.Create(CultureInfo.InvariantCulture, $"{compressed.Count} entries will be compressed: {compressed}");
        }

        if (unpinned.Count > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{unpinned.Count} objects have neither a strong ETag nor a crc32, so that a change would not be noticed: {unpinned}");
        }
    }

    private sealed class Names
    {
        private readonly List<string> _first = [];

        public int Count { get; private set; }

        public void Add(string name)
        {
            if (Count++ < MostNames)
            {
                _first.Add(name.Length <= MostNameLength ? name : $"{name[..MostNameLength]}…");
            }
        }

        public override string ToString() => string.Join(", ", _first) + (Count > MostNames ? ", …" : "");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LinkSummary))]
internal sealed partial class LinkSummaryJson : JsonSerializerContext;
