using System.Globalization;
using System.Text;

namespace Egress.Callbacks.Delivery;

/// <summary>Cleans text from a receiver or the network for logs: one line of limited length, without control characters.</summary>
internal static class ReceiverText
{
    /// <summary>The longest text, in characters.</summary>
    private const int Most = 200;

    /// <summary>Replaces control and format characters by spaces, because they can reorder a line, and shortens the text.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, Most));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= Most)
            {
                return clean.ToString().TrimStart() + "…";
            }

            clean.Append(IsShown(rune) ? rune.ToString() : " ");
        }

        return clean.ToString().Trim();
    }

    private static bool IsShown(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
