namespace Egress.Zip.Names;

/// <summary>
/// Gives every entry of one archive a name of its own, without regard to case: equal ones get <c> (2)</c>, <c> (3)</c> … before the extension.
/// No name is a file and a folder at once. Not safe for concurrent use.
/// </summary>
public sealed class UniqueEntryNames
{
    /// <summary>With so many, each table of 100,000 names has less than 85,000 bytes: no large object, which would seldom be collected.</summary>
    private const int Tables = 64;

    /// <summary>Every file and folder, with the number to try next when the name is wanted again.</summary>
    private readonly Dictionary<string, int>?[] _taken = new Dictionary<string, int>[Tables];

    /// <summary>Every folder that was wanted, with the name it got.</summary>
    private readonly Dictionary<string, string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reserves a name. Takes amortised constant time, however many equal names come.</summary>
    /// <param name="safeName">A path as <see cref="EntryNames.MakeSafe"/> returns it.</param>
    /// <returns>The path itself, or a similar safe one that was not taken.</returns>
    public string Reserve(string safeName)
    {
        ArgumentException.ThrowIfNullOrEmpty(safeName);
        var slash = safeName.LastIndexOf('/');
        if (slash < 0)
        {
            return Take(safeName);
        }

        var wanted = safeName[..slash];
        var folder = ReserveFolder(wanted);
        return Take(ReferenceEquals(folder, wanted) ? safeName : $"{folder}/{safeName.AsSpan(slash + 1)}");
    }

    /// <returns>The folder itself unless a file, or a folder above, stands in its way.</returns>
    private string ReserveFolder(string wanted)
    {
        if (_folders.TryGetValue(wanted, out var known))
        {
            return known.Equals(wanted, StringComparison.OrdinalIgnoreCase) ? wanted : known;
        }

        var path = wanted;
        if (wanted.LastIndexOf('/') is > 0 and var slash)
        {
            var above = wanted[..slash];
            var parent = ReserveFolder(above);
            path = parent == above ? wanted : $"{parent}/{wanted.AsSpan(slash + 1)}";
        }

        var folder = Take(path);
        _folders.Add(wanted, folder);
        return folder == wanted ? wanted : folder;
    }

    private string Take(string path)
    {
        var table = TableOf(path);
        if (table.TryAdd(path, 2))
        {
            return path;
        }

        var slash = path.LastIndexOf('/') + 1;
        var number = table[path];
        string candidate;
        do
        {
            candidate = string.Concat(path.AsSpan(0, slash), EntryNames.Fit(path.AsSpan(slash), $" ({number})"));
            number++;
        }
        while (!TableOf(candidate).TryAdd(candidate, 2));
        table[path] = number;
        return candidate;
    }

    private Dictionary<string, int> TableOf(string path) =>
        _taken[(uint)path.GetHashCode(StringComparison.OrdinalIgnoreCase) % Tables] ??= new(StringComparer.OrdinalIgnoreCase);
}
