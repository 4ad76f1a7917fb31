using System.Globalization;
using System.Text;

namespace Egress.Downloads.Planning;

/// <summary>Builds the file name under which a browser saves an archive (compatible with zipperfly).</summary>
internal static class ArchiveName
{
    /// <summary>
    /// The length of the longest name that file systems accept, in bytes of UTF-8. This limit also keeps the response headers within the buffers of proxies.
    /// </summary>
    private const int MaxBytes = 255;

    private const string Suffix = ".zip";
    private const string Refused = "\\/:*?\"<>|";

    /// <summary>
    /// Builds the file name from the record's name: cleans it, removes a <c>.zip</c> at its end, shortens it to the limit of file systems, adds the date if
    /// requested, and appends <c>.zip</c>.
    /// </summary>
    /// <param name="recordName">The record's name; null or empty for the default.</param>
    /// <param name="sanitize">Whether to keep printable ASCII only, as zipperfly does.</param>
    /// <param name="date">The date to append (UTC); null for none.</param>
    public static string Build(string? recordName, bool sanitize, DateOnly? date)
    {
        var name = recordName ?? "";
        name = sanitize ? string.Concat(name.EnumerateRunes().Select(Sanitized)).Trim(' ', '.') : AsFileName(name);
        if (name.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            name = name[..^Suffix.Length];
        }

        if (name.Length == 0)
        {
            name = "download";
        }

        var end = date is { } day ? $"-{day.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}{Suffix}" : Suffix;
        return Cut(name, MaxBytes - end.Length) + end;
    }

    private static char Sanitized(Rune rune) => rune.Value is < ' ' or > '~' || Refused.Contains((char)rune.Value) ? '_' : (char)rune.Value;

    /// <summary>
    /// Replaces path separators, at which clients would cut the name, and characters that a header cannot contain: control characters and unpaired surrogates.
    /// </summary>
    private static string AsFileName(string name) =>
        string.Concat(name.EnumerateRunes().Select(static rune => Rune.IsControl(rune) || rune.Value is '/' or '\\' ? "_" : rune.ToString()));

    private static string Cut(string name, int bytes)
    {
        var end = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return name[..end];
    }
}
