using System.Globalization;
using System.Text;

namespace Egress.Http.Requests;

/// <summary>Cleans text that comes from clients or records, so that it can be written to logs and terminals.</summary>
internal static class PrintableText
{
    /// <summary>The longest text that is not shortened, in UTF-16 code units.</summary>
    public const int MaxLength = 128;

    /// <summary>Shortens and cleans a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The clean text. A shortened one ends with the length of the full text.</returns>
    public static string Shorten(string text) => text.Length <= MaxLength
        ? Clean(text)
        : string.Create(CultureInfo.InvariantCulture, $"{Clean(text[..MaxLength])}… ({text.Length} characters)");

    /// <summary>Replaces characters that a terminal would execute or hide: control, format and unpaired surrogate characters.</summary>
    /// <param name="text">The text.</param>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(IsShown(rune) ? rune.ToString() : "\uFFFD");
        }

        return clean.ToString();
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
