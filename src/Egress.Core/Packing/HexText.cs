namespace Egress.Packing;

/// <summary>
/// Packs texts that consist of hexadecimal digits and a few separators, as the validators of most storages do. A text is stored as a pattern, which many texts
/// share, and its digits, two in each byte.
/// </summary>
internal static class HexText
{
    /// <summary>
    /// The largest number of separators in a packed text. This limit and <see cref="MostDigits"/> keep the number of different patterns small.
    /// </summary>
    private const int MostSeparators = 4;

    private const int MostDigits = 63;

    /// <summary>
    /// The base of the character that stands for a run of digits with lower-case letters in a pattern. The number of digits is added to it, which gives a
    /// character of the private use area.
    /// </summary>
    private const char LowerRun = '\uE000';

    /// <summary>The base of the character that stands for a run of digits with upper-case letters.</summary>
    private const char UpperRun = '\uE100';

    /// <summary>Returns the pattern of a text; null if the text cannot be packed.</summary>
    public static string? PatternOf(string text)
    {
        Span<char> pattern = stackalloc char[2 * MostSeparators + 1];
        var (length, digits, separators) = (0, 0, 0);
        for (int i = 0, run; i < text.Length; i += Math.Max(run, 1))
        {
            run = RunAt(text, i, out var isUpper);
            digits += run;
            separators += run == 0 ? 1 : 0;
            if (digits > MostDigits || separators > MostSeparators || length == pattern.Length || (run == 0 && !IsSeparator(text[i])))
            {
                return null;
            }

            pattern[length++] = run == 0 ? text[i] : (char)((isUpper ? UpperRun : LowerRun) + run);
        }

        return pattern[..length].ToString();
    }

    /// <summary>Writes a text as its pattern and its digits.</summary>
    /// <param name="writer">The destination.</param>
    /// <param name="text">The text.</param>
    /// <param name="pattern">Its pattern.</param>
    public static void Write(PackWriter writer, string text, string pattern)
    {
        writer.Shared(pattern);
        var (pair, count) = (0, 0);
        foreach (var character in text.AsSpan())
        {
            if (!char.IsAsciiHexDigit(character))
            {
                continue;
            }

            pair = (pair << 4) | (char.IsAsciiDigit(character) ? character - '0' : (character | 0x20) - 'a' + 10);
            if (++count % 2 == 0)
            {
                writer.Byte((byte)pair);
            }
        }

        if (count % 2 == 1)
        {
            writer.Byte((byte)(pair << 4));
        }
    }

    /// <summary>Reads a text that <see cref="Write"/> wrote.</summary>
    public static string Read(ref PackReader reader)
    {
        var pattern = reader.Shared();
        Span<char> text = stackalloc char[MostDigits + MostSeparators];
        var (length, count, pair) = (0, 0, 0);
        foreach (var part in pattern)
        {
            if (part < LowerRun)
            {
                text[length++] = part;
                continue;
            }

            var isUpper = part >= UpperRun;
            for (var left = part - (isUpper ? UpperRun : LowerRun); left > 0; left--, count++)
            {
                pair = count % 2 == 0 ? reader.Byte() : pair << 4;
                text[length++] = (isUpper ? "0123456789ABCDEF" : "0123456789abcdef")[(pair >> 4) & 0xF];
            }
        }

        return text[..length].ToString();
    }

    /// <summary>
    /// Whether a character is a separator. Of the letters only x is one, because other letters are probably digits of another base, which would give each text
    /// its own pattern.
    /// </summary>
    private static bool IsSeparator(char character) => character == 'x' || (char.IsAscii(character) && !char.IsAsciiLetterOrDigit(character));

    /// <summary>Returns the number of hexadecimal digits of the same case from an index on.</summary>
    private static int RunAt(string text, int start, out bool isUpper)
    {
        isUpper = false;
        var isLower = false;
        var end = start;
        for (; end < text.Length && char.IsAsciiHexDigit(text[end]); end++)
        {
            var (lower, upper) = (char.IsAsciiLetterLower(text[end]), char.IsAsciiLetterUpper(text[end]));
            if ((lower && isUpper) || (upper && isLower))
            {
                break;
            }

            (isLower, isUpper) = (isLower || lower, isUpper || upper);
        }

        return end - start;
    }
}
