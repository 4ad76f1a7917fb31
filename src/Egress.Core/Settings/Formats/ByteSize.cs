using System.Globalization;

namespace Egress.Settings.Formats;

/// <summary>Reads and writes sizes: a number of bytes, or a number followed by <c>K</c>, <c>M</c>, <c>G</c> or <c>T</c> for powers of 1024.</summary>
internal static class ByteSize
{
    private const string Units = "KMGT";

    /// <summary>Reads a size. <c>KB</c> and <c>KiB</c> are not accepted, because the meaning of the first one is ambiguous.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        if (text.Length == 0)
        {
            return false;
        }

        var shift = 10 * (Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) + 1);
        var digits = shift == 0 ? text : text[..^1];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }

    /// <summary>Writes a size with the largest unit that leaves a whole number.</summary>
    public static string Write(long bytes)
    {
        var unit = 0;
        while (unit < Units.Length && bytes > 0 && bytes % 1024 == 0)
        {
            bytes >>= 10;
            unit++;
        }

        var number = bytes.ToString(CultureInfo.InvariantCulture);
        return unit == 0 ? number : number + Units[unit - 1];
    }
}
