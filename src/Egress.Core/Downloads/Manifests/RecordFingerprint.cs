using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Egress.Records;

namespace Egress.Downloads.Manifests;

/// <summary>Hashes everything in a record that determines the entries of its archive and their order.</summary>
internal static class RecordFingerprint
{
    /// <summary>Computes the fingerprint. Equal records have equal fingerprints.</summary>
    public static UInt128 Of(DownloadRecord record)
    {
        var hash = new XxHash128();
        Append(hash, record.Bucket);
        foreach (var item in record.Objects)
        {
            Append(hash, item.Bucket);
            Append(hash, item.Name);
            Append(hash, item);
        }

        if (record.ChecksumFile is { } checksumFile)
        {
            Append(hash, checksumFile ? 1 : 0);
        }

        return hash.GetCurrentHashAsUInt128();
    }

    private static void Append(XxHash128 hash, RecordItem item)
    {
        switch (item)
        {
            case ObjectItem single:
                Append(hash, 0);
                Append(hash, single.Key);
                Append(hash, single.Size ?? -1);
                Append(hash, single.Crc32 ?? -1L);
                Append(hash, single.Modified?.UtcTicks ?? -1);
                break;
            case PrefixItem prefix:
                Append(hash, 1);
                Append(hash, prefix.Prefix);
                break;
            case FolderItem folder:
                Append(hash, 2);
                Append(hash, folder.Path);
                break;
            default:
                throw new InvalidOperationException($"A record has an item of the type {item.GetType().Name}.");
        }
    }

    /// <summary>Hashes the length of a text and the text, so that adjacent texts cannot be confused.</summary>
    private static void Append(XxHash128 hash, string? text)
    {
        Append(hash, text?.Length ?? -1L);
        hash.Append(MemoryMarshal.AsBytes(text.AsSpan()));
    }

    private static void Append(XxHash128 hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.Append(bytes);
    }
}
