using Egress.Zip.Names;

namespace Egress.Zip;

/// <summary>The compression method of an entry (APPNOTE 4.4.5).</summary>
internal enum ZipMethod : ushort
{
    /// <summary>Stored without compression.</summary>
    Stored = 0,

    /// <summary>Compressed with Deflate.</summary>
    Deflate = 8,
}

/// <summary>The properties of an entry that are known before it is written.</summary>
internal sealed class ZipEntry
{
    /// <summary>
    /// Path inside the archive, with forward slashes; it must be safe (<see cref="EntryNames"/>) and unique (<see cref="UniqueEntryNames"/>). A path with a
    /// slash at its end is a folder, which has no content.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The planned method. An entry with the method Deflate may be stored after all when it is written, but not the reverse.</summary>
    public required ZipMethod Method { get; init; }

    /// <summary>Size of the content in bytes; null if it is not known. The source must have exactly this size.</summary>
    public long? Size { get; init; }

    /// <summary>CRC-32 of the content; null if it is not known. The source must have exactly this CRC-32.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>
    /// CRC-32 of the content according to the storage; null if the look-up did not return one. It is verified, but the bytes of the archive do not depend on
    /// it, because not every look-up returns it.
    /// </summary>
    internal uint? StorageCrc32 { get; init; }

    /// <summary>CRC-32 that the content must have; null if it is not known.</summary>
    internal uint? KnownCrc32 => Crc32 ?? StorageCrc32;

    /// <summary>Time of the last change; null for the fixed time 1980-01-01 00:00:00.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Whether the entry is a folder.</summary>
    internal bool IsFolder => Name.EndsWith('/');

    /// <summary>Returns a copy of the entry with the method <see cref="ZipMethod.Stored"/>.</summary>
    internal ZipEntry AsStored() => new()
    {
        Name = Name,
        Method = ZipMethod.Stored,
        Size = Size,
        Crc32 = Crc32,
        StorageCrc32 = StorageCrc32,
        Modified = Modified,
    };

    /// <summary>
    /// Returns the method as far as it is known before the content is read. At level 0, and for an empty entry, it is <see cref="ZipMethod.Stored"/>.
    /// </summary>
    internal ZipMethod PlannedMethod(ZipOptions options) =>
        Method == ZipMethod.Deflate && options.CompressionLevel != 0 && Size != 0 ? ZipMethod.Deflate : ZipMethod.Stored;
}

/// <summary>The sizes and the CRC-32 of an entry that was written.</summary>
/// <param name="Size">Size of the content, in bytes.</param>
/// <param name="CompressedSize">Size of the data in the archive, in bytes. It includes the bytes that encryption adds, but no headers.</param>
/// <param name="Crc32">CRC-32 of the content.</param>
internal readonly record struct ZipEntryResult(long Size, long CompressedSize, uint Crc32);
