using System.Buffers;
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

    /// <summary>Bytes that are gathered first: the hash costs little, but each call of it does.</summary>
    private const int HashedAtOnce = 4 << 10;

    /// <summary>Hashes everything that the bytes of an archive depend on.</summary>
    /// <returns>The validator with its quotes; null when another download of the same record may have other bytes.</returns>
    public static string? Create(IReadOnlyList<PlannedObject> objects, ArchiveLayout layout)
    {
        if (!layout.SupportsRanges)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var text = new ArrayBufferWriter<byte>(2 * HashedAtOnce);
        Append(text, ArchiveLayout.FormatVersion);
        foreach (var planned in objects)
        {
            if (!IsPinned(planned))
            {
                return null;
            }

            var (location, entry) = (planned.Location, planned.Entry);
            Append(text, location.Bucket);
            Append(text, location.Key);
            Append(text, planned.ETag);
            Append(text, entry.Name);
            Append(text, planned.Size);
            Append(text, entry.Crc32 is { } crc ? crc : -1L);
            Append(text, entry.Modified?.ToUnixTimeSeconds() ?? long.MinValue);
            if (text.WrittenCount >= HashedAtOnce)
            {
                hash.AppendData(text.WrittenSpan);
                text.ResetWrittenCount();
            }
        }

        hash.AppendData(text.WrittenSpan);
        return $"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, Length))}\"";
    }

    /// <summary>
    /// Whether size and validator tell one content from all others: the storage's own strong validator, or a checksum that is
    /// verified while the object is read. A declared size alone says nothing of the content.
    /// </summary>
    private static bool IsPinned(PlannedObject planned) => planned.Size == 0 || planned.Entry.Crc32 is not null || planned.HasStrongETag;

    private static void Append(ArrayBufferWriter<byte> target, string? text)
    {
        Append(target, text is null ? -1L : Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, target);
    }

    private static void Append(ArrayBufferWriter<byte> target, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target.GetSpan(sizeof(long)), number);
        target.Advance(sizeof(long));
    }
}
