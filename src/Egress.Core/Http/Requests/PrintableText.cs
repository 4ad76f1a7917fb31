using System.Globalization;
using System.Text;

namespace Egress.Http.Requests;

/// <summary>Text from outside as logs and terminals may show it.</summary>
internal static class PrintableText
{
    /// <summary>Longest text that is shown whole, in UTF-16 code units.</summary>
    public const int MaxLength = 128;

    /// <summary>Cuts and cleans a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text; when it was cut, with its whole length at the end.</returns>
    public static string Shorten(string text) => text.Length <= MaxLength
        ? Clean(text)
        : string.Create(CultureInfo.InvariantCulture, $"{Clean(text[..MaxLength])}… ({text.Length} characters)");

    /// <summary>Replaces what a terminal would act on or hide: control, format and unpaired surrogate characters.</summary>
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
