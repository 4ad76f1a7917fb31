using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>Makes the strong <c>ETag</c> of archives whose bytes are the same every time.</summary>
internal static class ArchiveValidator
{
    /// <summary>Used bytes of the hash: beyond any chance of a collision, and short in a header.</summary>
    private const int Length = 16;

    /// <summary>Hashes everything that the bytes of an archive depend on.</summary>
    /// <returns>The validator with its quotes; null when another download of the same record may have other bytes.</returns>
    public static string? Create(IReadOnlyList<PlannedObject> objects, ArchiveLayout layout)
    {
        if (!layout.SupportsRanges || !objects.All(IsPinned))
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, ArchiveLayout.FormatVersion);
        foreach (var planned in objects)
        {
            var (location, entry) = (planned.Location, planned.Entry);
            Append(hash, location.Bucket);
            Append(hash, location.Key);
            Append(hash, planned.ETag);
            Append(hash, entry.Name);
            Append(hash, planned.Size);
            Append(hash, entry.Crc32 is { } crc ? crc : -1L);
            Append(hash, entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue);
        }

        return $"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Length))}\"";
    }

    /// <summary>
    /// Whether size and validator tell one content from all others: the storage's own strong validator, or a checksum that is
    /// verified while the object is read. A declared size alone says nothing of the content.
    /// </summary>
    private static bool IsPinned(PlannedObject planned) => planned.Size == 0 || planned.Entry.Crc32 is not null || planned.HasStrongETag;

    private static void Append(IncrementalHash hash, string? text)
    {
        var utf8 = text is null ? [] : Encoding.UTF8.GetBytes(text);
        Append(hash, text is null ? -1L : utf8.Length);
        hash.AppendData(utf8);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
