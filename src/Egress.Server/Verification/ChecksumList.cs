using System.Text;
using System.Text.RegularExpressions;
using ICSharpCode.SharpZipLib.Zip;

namespace Egress.Server.Verification;

/// <summary>The digests in the last entry of an archive, if this entry is a list of checksums (<c>SHA256SUMS</c>).</summary>
internal sealed partial class ChecksumList
{
    /// <summary>The longest list that is read, in bytes. It has room for the lines of a million files.</summary>
    private const long MaxLength = 256 << 20;

    private readonly Dictionary<string, string> _digests;
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    private ChecksumList(string name, Dictionary<string, string> digests) => (Name, _digests) = (name, digests);

    /// <summary>Name of the entry with the list.</summary>
    public string Name { get; }

    /// <summary>Number of files whose digest matches the list.</summary>
    public int Matches { get; private set; }

    /// <summary>Reads the list.</summary>
    /// <returns>The list; null if the last entry is not such a list, or lists no file of the archive.</returns>
    public static ChecksumList? TryRead(ZipFile zip)
    {
        if (zip.Count == 0 || zip[(int)zip.Count - 1] is not { IsFile: true } last || !ListName().IsMatch(last.Name) || last.Size > MaxLength)
        {
            return null;
        }

        using var lines = new StreamReader(zip.GetInputStream(last), new UTF8Encoding(false));
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        while (lines.ReadLine() is { } text)
        {
            if (Line().Match(text) is not { Success: true } line)
            {
                return null;
            }

            var name = line.Groups["escaped"].Length > 0 ? Escape().Replace(line.Groups["name"].Value, Unescape) : line.Groups["name"].Value;
            digests[name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name] = line.Groups["digest"].Value.ToLowerInvariant();
        }

        return digests.Keys.Any(name => zip.FindEntry(name, ignoreCase: false) >= 0) ? new ChecksumList(last.Name, digests) : null;
    }

    /// <summary>Compares the digest of a file with the list.</summary>
    /// <returns>The fault; null if the digest matches, or the file is not listed.</returns>
    public string? FindFault(string name, ReadOnlySpan<byte> digest)
    {
        _found.Add(name);
        if (!_digests.TryGetValue(name, out var listed))
        {
            return null;
        }

        if (listed != Convert.ToHexStringLower(digest))
        {
            return $"its SHA-256 is not the one in {Name}";
        }

        Matches++;
        return null;
    }

    /// <summary>Returns the listed names that the archive does not contain.</summary>
    public IEnumerable<string> FindMissing() => _digests.Keys.Where(name => !_found.Contains(name)).Order(StringComparer.Ordinal);

    private static string Unescape(Match escape) => escape.Value switch
    {
        "\\n" => "\n",
        "\\r" => "\r",
        _ => "\\",
    };

    [GeneratedRegex(@"\ASHA256SUMS( \([0-9]+\))?\z")]
    private static partial Regex ListName();

    /// <summary>
    /// Matches a line of <c>sha256sum</c>. A backslash at the start means that the name contains escapes. An asterisk means that the file was read in
    /// binary mode.
    /// </summary>
    [GeneratedRegex(@"\A(?<escaped>\\?)(?<digest>[0-9A-Fa-f]{64}) [ *](?<name>.+)\z")]
    private static partial Regex Line();

    [GeneratedRegex(@"\\[nr\\]")]
    private static partial Regex Escape();
}
