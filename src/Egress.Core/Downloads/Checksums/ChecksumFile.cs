using System.Text;
using Egress.Records.Roles;
using Egress.Zip;

namespace Egress.Downloads.Checksums;

/// <summary>
/// The entry <c>SHA256SUMS</c>: the SHA-256 and the name of each file of the archive, in lines that <c>sha256sum -c</c> reads. The length of a line
/// does not depend on the digest, so the length of the archive is known before an object is read.
/// </summary>
/// <remarks>Names of entries have no control characters and no backslashes, so no line needs the escapes of <c>sha256sum</c>.</remarks>
internal static class ChecksumFile
{
    /// <summary>Default name of the entry. Another name is chosen if an object already has this one.</summary>
    public const string Name = "SHA256SUMS";

    /// <summary>The separator between digest and name. The second space marks a text file, which has no effect on Unix.</summary>
    private const string Separator = "  ";

    /// <summary>Creates the planned entry for the checksum file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Length of all lines, in bytes.</param>
    public static PlannedObject Plan(string name, long size) =>
        new(default, new ZipEntry { Name = name, Method = ZipMethod.Stored, Size = size }, size, null) { IsChecksumFile = true };

    /// <summary>Returns the length of the line of an entry, in bytes of UTF-8; zero for a folder, which has no line.</summary>
    public static long LineLength(ZipEntry entry) =>
        entry.IsFolder ? 0 : Sha256Digest.TextLength + Separator.Length + Encoding.UTF8.GetByteCount(NameInLine(entry)) + 1;

    /// <summary>Formats the line of an entry.</summary>
    public static string Line(ZipEntry entry, Sha256Digest digest) => $"{digest}{Separator}{NameInLine(entry)}\n";

    /// <summary>Returns the name for the line of an entry. The name "-" gets a folder, because <c>sha256sum</c> would read standard input instead.</summary>
    private static string NameInLine(ZipEntry entry) => entry.Name == "-" ? "./-" : entry.Name;
}
