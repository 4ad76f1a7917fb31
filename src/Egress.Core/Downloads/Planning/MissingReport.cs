using System.Text.Encodings.Web;
using System.Text.Json;
using Egress.Storage;
using Egress.Zip.Names;

namespace Egress.Downloads.Planning;

/// <summary>The entry <c>_missing.json</c>, which lists what an archive lacks (<c>REPORT_MISSING</c>, <c>SKIP_UNAVAILABLE</c>).</summary>
internal sealed class MissingReport
{
    /// <summary>Default name of the entry. Another name is chosen if an object already has this one.</summary>
    public const string Name = "_missing.json";

    // Letters are not escaped, so that people can read the file. It is never part of an HTML page.
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<MissingFile> _missing = [];

    /// <summary>Whether no object was left out.</summary>
    public bool IsEmpty => _missing.Count == 0;

    /// <summary>Adds an object that is left out.</summary>
    /// <param name="wantedName">The path that it would have had in the archive. Keys and buckets are not public.</param>
    /// <param name="unavailable">Why its content cannot be read; null for an object that does not exist.</param>
    public void Add(string wantedName, UnavailableReason? unavailable) =>
        _missing.Add(new(EntryNames.MakeSafe(wantedName), unavailable is { } reason ? ReasonText(reason) : "not_found"));

    /// <summary>Creates the entry. The same objects always give the same bytes.</summary>
    /// <param name="names">The entry names that are already used.</param>
    public PlannedObject ToEntry(UniqueEntryNames names) =>
        PlannedObject.Made(names.Reserve(Name), JsonSerializer.SerializeToUtf8Bytes(new MissingFiles(_missing), Format));

    private static string ReasonText(UnavailableReason reason) => reason switch
    {
        UnavailableReason.Archived => "archived",
        UnavailableReason.Restoring => "restoring",
        UnavailableReason.KeyRequired => "key_required",
    };

    private sealed record MissingFiles(IReadOnlyList<MissingFile> Missing);

    private sealed record MissingFile(string Name, string Reason);
}
