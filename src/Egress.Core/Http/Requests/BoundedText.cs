using System.Globalization;
using System.Text;

namespace Egress.Http.Requests;

/// <summary>Text of a client as logs and terminals may show it.</summary>
internal static class BoundedText
{
    /// <summary>Longest text that is shown whole, in UTF-16 code units.</summary>
    public const int MaxLength = 128;

    /// <summary>Cuts the text, and replaces what a terminal would act on or hide: control, format and unpaired surrogate characters.</summary>
    /// <param name="text">What the client sent.</param>
    /// <returns>The text; when it was cut, with its whole length at the end.</returns>
    public static string Of(string text)
    {
        var shown = text.Length <= MaxLength ? text : text[..MaxLength];
        var clean = new StringBuilder(shown.Length);
        foreach (var rune in shown.EnumerateRunes())
        {
            clean.Append(IsShown(rune) ? rune.ToString() : "\uFFFD");
        }

        return shown.Length == text.Length ? clean.ToString() : string.Create(CultureInfo.InvariantCulture, $"{clean}… ({text.Length} characters)");
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
