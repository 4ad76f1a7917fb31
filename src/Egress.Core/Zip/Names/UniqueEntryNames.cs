using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Egress.Zip.Names;

/// <summary>
/// Makes the names of all entries of one archive unique: equal names get <c> (2)</c>, <c> (3)</c> … before the extension. Names are equal if they differ in
/// case only, or are canonically equivalent in Unicode. No name is used for both a file and a folder. Not safe for concurrent use.
/// </summary>
internal sealed class UniqueEntryNames
{
    /// <summary>
    /// The number of hash tables among which the names are distributed. With this number, each table for 100,000 names has less than 85,000 bytes, so that it
    /// is not on the large object heap, which is seldom collected.
    /// </summary>
    private const int Tables = 64;

    /// <summary>The length of the longest name, in characters, that is hashed without an allocation.</summary>
    private const int LongestOnStack = 512;

    /// <summary>
    /// The hashes of the names of all files and folders. The names themselves would take three times as much memory. If two names had the same 128-bit hash,
    /// the second one would only get an unnecessary number.
    /// </summary>
    private readonly HashSet<(ulong High, ulong Low)>?[] _taken = new HashSet<(ulong, ulong)>[Tables];

    /// <summary>
    /// The next number to try, by the shortened name and the number of digits. Long names are shortened to make room for the number, so many different names
    /// may need different numbers of the same shortened name.
    /// </summary>
    private readonly Dictionary<string, int> _next = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names under which the requested folders were reserved, by the canonical form of the requested names.</summary>
    private readonly Dictionary<string, string> _folders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reserves the name of a file. Takes amortized constant time, whatever the names are.</summary>
    /// <param name="safeName">A path as <see cref="EntryNames.MakeSafe"/> returns it.</param>
    /// <returns>The path itself, or a similar safe path if it was already reserved.</returns>
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

    /// <returns>The reserved name. It differs from the wanted name if a file has that name, or if a parent folder got another name.</returns>
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
            // All numbers with the same number of digits are added to the same shortened stem, so they share a counter.
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
