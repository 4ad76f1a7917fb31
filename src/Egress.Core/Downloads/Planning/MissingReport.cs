using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using Egress.Zip;
using Egress.Zip.Names;

namespace Egress.Downloads.Planning;

/// <summary>The entry that lists what an archive lacks (<c>REPORT_MISSING</c>).</summary>
internal static class MissingReport
{
    /// <summary>Its name, unless an object has it.</summary>
    public const string Name = "_missing.json";

    // For people: letters stay letters. It is a file and never part of a page.
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Makes the entry: stored and without a time, so that the same record gives the same bytes.</summary>
    /// <param name="wantedNames">Paths that the missing objects should have had; keys and buckets are not for the public.</param>
    /// <param name="names">The names that are taken.</param>
    public static PlannedObject Create(IEnumerable<string> wantedNames, UniqueEntryNames names)
    {
        var missing = wantedNames.Select(wanted => new MissingFile(EntryNames.MakeSafe(wanted), "not_found"));
        var content = JsonSerializer.SerializeToUtf8Bytes(new MissingFiles([.. missing]), Format);
        var entry = new ZipEntry
        {
            Name = names.Reserve(Name),
            Method = ZipMethod.Stored,
            Size = content.Length,
            Crc32 = Crc32.HashToUInt32(content),
        };
        return new PlannedObject(default, entry, content.Length, null) { Content = content };
    }

    private sealed record MissingFiles(IReadOnlyList<MissingFile> Missing);

    private sealed record MissingFile(string Name, string Reason);
}
