namespace Egress.Settings.Formats;

/// <summary>Suggests the correct name for one that was probably mistyped.</summary>
internal static class Similarity
{
    /// <summary>Returns the most similar candidate that differs in at most a quarter of its letters, or null.</summary>
    public static string? Closest(string name, IEnumerable<string> candidates)
    {
        var (closest, distance) = candidates
            .Select(candidate => (candidate, distance: Distance(name.ToUpperInvariant(), candidate)))
            .MinBy(pair => pair.distance);
        return distance <= closest.Length / 4 ? closest : null;
    }

    /// <summary>Returns the Levenshtein distance: the number of letters to insert, remove or change.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 0; i < from.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 0; j < to.Length; j++)
            {
                var change = diagonal + (from[i] == to[j] ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, 1 + Math.Min(row[j], diagonal));
            }
        }

        return row[^1];
    }
}
