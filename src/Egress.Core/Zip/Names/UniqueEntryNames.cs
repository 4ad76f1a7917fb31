using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Egress.Zip.Names;

/// <summary>
/// Makes the names of all entries of one archive unique: equal names get <c> (2)</c>, <c> (3)</c> … before the extension. Names are equal if they
/// differ in case only, or are canonically equivalent in Unicode. No name is a file and a folder at once. Not safe for concurrent use.
/// </summary>
internal sealed class UniqueEntryNames
{
    /// <summary>
    /// The number of tables. With this number, the tables for 100,000 names have less than 85,000 bytes each, so that they are not large objects,
    /// which are seldom collected.
    /// </summary>
    private const int Tables = 64;

    /// <summary>Names up to this length are hashed without an allocation.</summary>
    private const int LongestOnStack = 512;

    /// <summary>
    /// A hash of every file and folder. The names themselves would take three times as much memory. If two names had the same 128-bit hash, the
    /// second one would only get an unnecessary number.
    /// </summary>
    private readonly HashSet<(ulong High, ulong Low)>?[] _taken = new HashSet<(ulong, ulong)>[Tables];

    /// <summary>
    /// The next number to try, by the name to which a number with this many digits is added. Long names are shortened to make room for the number, so
    /// that many different names can compete for the same numbers.
    /// </summary>
    private readonly Dictionary<string, int> _next = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every requested folder, with the name that it got.</summary>
    private readonly Dictionary<string, string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reserves a name. Takes amortized constant time for any names.</summary>
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

    /// <summary>Reserves a folder that has no entries.</summary>
    /// <param name="safeName">A path as <see cref="EntryNames.MakeSafe"/> returns it.</param>
    /// <returns>The name of its entry, which ends with a slash; null if the folder already exists.</returns>
    public string? ReserveEmptyFolder(string safeName) =>
        _folders.ContainsKey(CanonicalForm.Of(safeName)) ? null : ReserveFolder(safeName) + '/';

    /// <returns>The folder itself, unless a file has its name or a parent folder got another name.</returns>
    private string ReserveFolder(string wanted)
    {
        var key = CanonicalForm.Of(wanted);
        if (_folders.TryGetValue(key, out var known))
        {
            return CanonicalForm.Of(known).Equals(key, StringComparison.OrdinalIgnoreCase) ? wanted : known;
        }

        var path = wanted;
        if (wanted.LastIndexOf('/') is > 0 and var slash)
        {
            var above = wanted[..slash];
            var parent = ReserveFolder(above);
            path = parent == above ? wanted : $"{parent}/{wanted.AsSpan(slash + 1)}";
        }

        var folder = Take(path);
        _folders.Add(key, folder);
        return folder == wanted ? wanted : folder;
    }

    private string Take(string path)
    {
        if (TryTake(path))
        {
            return path;
        }

        var slash = path.LastIndexOf('/') + 1;
        for (var (least, most) = (2, 9); ; (least, most) = (most + 1, (10 * most) + 9))
        {
            // All numbers with the same number of digits are added to the same shortened stem.
            var family = CanonicalForm.Of(Numbered(path, slash, most));
            for (var number = _next.GetValueOrDefault(family, least); number <= most; number++)
            {
                var candidate = Numbered(path, slash, number);
                if (TryTake(candidate))
                {
                    _next[family] = number + 1;
                    return candidate;
                }
            }

            _next[family] = most + 1;
        }
    }

    private static string Numbered(string path, int slash, int number) =>
        string.Concat(path.AsSpan(0, slash), EntryNames.Fit(path.AsSpan(slash), $" ({number})"));

    private bool TryTake(string path)
    {
        var hash = HashOf(CanonicalForm.Of(path));
        return (_taken[hash.Low % Tables] ??= []).Add(hash);
    }

    /// <summary>Returns the same hash for names that differ only in case.</summary>
    private static (ulong High, ulong Low) HashOf(string name)
    {
        var upper = name.Length <= LongestOnStack ? stackalloc char[name.Length] : new char[name.Length];
        name.AsSpan().ToUpperInvariant(upper);
        var hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(upper));
        return ((ulong)(hash >> 64), (ulong)hash);
    }
}
