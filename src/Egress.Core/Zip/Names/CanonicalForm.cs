using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Egress.Zip.Names;

/// <summary>
/// The canonical decomposition (NFD) of names, with which file systems compare them: <c>é</c> as one character equals <c>e</c> with a combining accent. If the
/// system has no globalization data, .NET treats every text as normalized, so the data is embedded here.
/// </summary>
/// <seealso href="https://www.unicode.org/reports/tr15/"/>
internal static class CanonicalForm
{
    /// <summary>The first character that is decomposed. No character before it is a combining character.</summary>
    private const char First = '\u00C0';

    private static readonly (FrozenDictionary<int, int[]> Decompositions, FrozenDictionary<int, byte> Classes) Tables = Read();

    /// <summary>Returns the decomposed text; the text itself if nothing changes.</summary>
    public static string Of(string text)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', (char)(First - 1)) < 0 || !text.EnumerateRunes().Any(Changes))
        {
            return text;
        }

        var decomposed = new List<int>(2 * text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Append(decomposed, rune.Value);
        }

        Order(decomposed);
        var builder = new StringBuilder(decomposed.Count);
        decomposed.ForEach(value => builder.Append(new Rune(value)));
        return builder.ToString();
    }

    private static bool Changes(Rune rune) =>
        rune.Value >= First
        && (Tables.Decompositions.ContainsKey(rune.Value) || Tables.Classes.ContainsKey(rune.Value) || Hangul.IsSyllable(rune.Value));

    private static void Append(List<int> target, int value)
    {
        if (Hangul.IsSyllable(value))
        {
            Hangul.Append(target, value);
        }
        else if (Tables.Decompositions.TryGetValue(value, out var parts))
        {
            target.AddRange(parts);
        }
        else
        {
            target.Add(value);
        }
    }

    /// <summary>Sorts consecutive combining characters by their classes. Characters of the same class keep their order.</summary>
    private static void Order(List<int> values)
    {
        for (int start = 0, end; start < values.Count; start = end + 1)
        {
            for (end = start; end < values.Count && ClassOf(values[end]) > 0; end++)
            {
            }

            if (end - start > 1)
            {
                int[] ordered = [.. values.GetRange(start, end - start).OrderBy(ClassOf)];
                values.RemoveRange(start, ordered.Length);
                values.InsertRange(start, ordered);
            }
        }
    }

    private static byte ClassOf(int value) => Tables.Classes.GetValueOrDefault(value);

    private static (FrozenDictionary<int, int[]>, FrozenDictionary<int, byte>) Read()
    {
        var (decompositions, classes) = (new Dictionary<int, int[]>(), new Dictionary<int, byte>());
        using var reader = new StreamReader(typeof(CanonicalForm).Assembly.GetManifestResourceStream("canonical-equivalence.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            if (line.Split(" = ") is [var composed, var parts])
            {
                decompositions.Add(Hex(composed), [.. parts.Split(' ').Select(Hex)]);
            }
            else if (line.Split(" : ") is [var range, var combiningClass])
            {
                var bounds = range.Split('-');
                for (var value = Hex(bounds[0]); value <= Hex(bounds[^1]); value++)
                {
                    classes.Add(value, byte.Parse(combiningClass, CultureInfo.InvariantCulture));
                }
            }
        }

        return (decompositions.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>Decomposes Hangul syllables. Their decomposition is computed and not stored (Unicode 3.12).</summary>
    private static class Hangul
    {
        private const int FirstSyllable = 0xAC00;
        private const int Syllables = 11_172;
        private const int Leading = 0x1100;
        private const int Vowel = 0x1161;
        private const int Trailing = 0x11A7;
        private const int Vowels = 21;
        private const int Trailings = 28;

        public static bool IsSyllable(int value) => (uint)(value - FirstSyllable) < Syllables;

        public static void Append(List<int> target, int value)
        {
            var index = value - FirstSyllable;
            target.Add(Leading + (index / (Vowels * Trailings)));
            target.Add(Vowel + (index % (Vowels * Trailings) / Trailings));
            if (index % Trailings > 0)
            {
                target.Add(Trailing + (index % Trailings));
            }
        }
    }
}
