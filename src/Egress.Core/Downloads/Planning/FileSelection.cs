using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Egress.Downloads.Planning;

/// <summary>The entries of an archive that a request selects, by their numbers. Entries are numbered from 1, in the order of the archive.</summary>
internal sealed class FileSelection
{
    /// <summary>The length of the longest accepted text, in characters. Servers also limit the whole request line; the plain server allows 8 KiB.</summary>
    public const int MaxLength = 16 << 10;

    private readonly (int First, int Last)[] _ranges;

    private FileSelection((int First, int Last)[] ranges) => _ranges = ranges;

    /// <summary>The highest selected number.</summary>
    public int Last => _ranges[^1].Last;

    /// <summary>How many numbers are selected.</summary>
    public long Count => _ranges.Sum(static range => (long)range.Last - range.First + 1);

    /// <summary>Creates the selection of a single entry.</summary>
    public static FileSelection Single(int number) => new([(number, number)]);

    /// <summary>Reads numbers and ranges such as <c>1-4,9</c>, in any order, and also overlapping.</summary>
    /// <param name="values">One or more lists, because an HTML form sends one for each field. Empty lists are skipped.</param>
    /// <param name="selection">The selection.</param>
    /// <returns>False if the text has another format or selects nothing.</returns>
    public static bool TryParse(IReadOnlyList<string?> values, [NotNullWhen(true)] out FileSelection? selection)
    {
        selection = null;
        var ranges = new List<(int First, int Last)>();
        if (values.Sum(static value => (long)(value?.Length ?? 0) + 1) > MaxLength)
        {
            return false;
        }

        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value) && !TryAdd(ranges, value))
            {
                return false;
            }
        }

        selection = ranges.Count == 0 ? null : new FileSelection(Merge(ranges));
        return selection is not null;
    }

    /// <summary>Returns the selected items of a list, in its order.</summary>
    public IEnumerable<T> Of<T>(IEnumerable<T> items)
    {
        var (number, range) = (0, 0);
        foreach (var item in items.Take(Last))
        {
            number++;
            range += number > _ranges[range].Last ? 1 : 0;
            if (number >= _ranges[range].First)
            {
                yield return item;
            }
        }
    }

    /// <summary>Returns the shortest text that selects the same numbers.</summary>
    public override string ToString() => string.Join(',', _ranges.Select(static range => range.First == range.Last
        ? range.First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{range.First}-{range.Last}")));

    private static bool TryAdd(List<(int First, int Last)> ranges, string value)
    {
        foreach (var part in value.AsSpan().Split(','))
        {
            var text = value.AsSpan()[part];
            var dash = text.IndexOf('-');
            if (!TryParseNumber(dash < 0 ? text : text[..dash], out var first) || !TryParseNumber(text[(dash + 1)..], out var last) || last < first)
            {
                return false;
            }

            ranges.Add((first, last));
        }

        return true;
    }

    /// <summary>Reads a number of digits only. A number that is too large for the type becomes its largest value, which no entry has.</summary>
    private static bool TryParseNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        text = text.Trim(' ');
        if (text.Length == 0 || text.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        number = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : int.MaxValue;
        return number > 0;
    }

    private static (int First, int Last)[] Merge(List<(int First, int Last)> ranges)
    {
        ranges.Sort();
        var merged = new List<(int First, int Last)> { ranges[0] };
        foreach (var range in ranges)
        {
            if (range.First - 1 <= merged[^1].Last)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        return [.. merged];
    }
}
