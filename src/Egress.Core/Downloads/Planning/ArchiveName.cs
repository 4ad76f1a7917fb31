using System.Globalization;
using System.Text;

namespace Egress.Downloads.Planning;

/// <summary>The file name under which a browser saves an archive (contract §1, compatible with zipperfly).</summary>
internal static class ArchiveName
{
    private const string Suffix = ".zip";
    private const string Refused = "\\/:*?\"<>|";

    /// <summary>Builds the name: cleaned, without its own <c>.zip</c>, with the date when asked for, then <c>.zip</c>.</summary>
    /// <param name="recordName">What the record says; null or empty for the default.</param>
    /// <param name="sanitize">Whether to keep printable ASCII only, as zipperfly does.</param>
    /// <param name="date">The date to append (UTC); null for none.</param>
    public static string Build(string? recordName, bool sanitize, DateOnly? date)
    {
        var name = recordName ?? "";
        name = sanitize ? string.Concat(name.EnumerateRunes().Select(Sanitized)).Trim(' ', '.') : WithoutControlCharacters(name);
        if (name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            name = name[..^Suffix.Length];
        }

        if (name.Length == 0)
        {
            name = "download";
        }

        return date is { } day ? $"{name}-{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}{Suffix}" : name + Suffix;
    }

    private static char Sanitized(Rune rune) => rune.Value is < ' ' or > '~' || Refused.Contains((char)rune.Value) ? '_' : (char)rune.Value;

    /// <summary>A control character or half a surrogate pair is no header text, whatever the settings say.</summary>
    private static string WithoutControlCharacters(string name) =>
        string.Concat(name.EnumerateRunes().Select(rune => Rune.IsControl(rune) ? "_" : rune.ToString()));
}
