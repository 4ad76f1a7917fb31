using System.Text;

namespace Egress.Zip.Format;

/// <summary>
/// The fields and lengths of the local header, the data descriptor and the central directory record of one entry (APPNOTE 4.3.7, 4.3.9, 4.3.12). They are
/// decided before the first byte of the entry is written.
/// </summary>
internal readonly struct EntryHeader
{
    private const int Encrypted = 1 << 0;
    private const int DescriptorFollows = 1 << 3;
    private const int Utf8Name = 1 << 11;
    internal const int UnixVersion30 = 3 << 8 | 30;
    private const uint RegularFile = 0x81A4u << 16; // 0100644
    private const uint Folder = (0x41EDu << 16) | 0x10; // 040755, and the attribute of MS-DOS

    /// <summary>The length of the longest entry, including its header, that is read completely before any of it is sent.</summary>
    public const int SmallLength = 64 << 10;

    private readonly ZipEntry _entry;
    private readonly ZipMethod _method;
    private readonly ushort _nameLength;
    private readonly bool _hasTime;
    private readonly bool _farOffset;

    /// <param name="entry">Name and time.</param>
    /// <param name="method">The compression method of the data.</param>
    /// <param name="size">Size of the content; null if it is not known.</param>
    /// <param name="compressedSize">Size of the data in the archive; null if it is not known.</param>
    /// <param name="hasDescriptor">Whether a data descriptor follows the data, because the CRC or a size is not known before.</param>
    /// <param name="offset">Offset of the local header.</param>
    /// <param name="options">ZIP64 limits and encryption.</param>
    private EntryHeader(ZipEntry entry, ZipMethod method, long? size, long? compressedSize, bool hasDescriptor, long offset, ZipOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(entry.Name);
        var nameLength = Encoding.UTF8.GetByteCount(entry.Name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameLength, ushort.MaxValue, nameof(entry));
        ArgumentOutOfRangeException.ThrowIfNegative(size ?? 0, nameof(size));

        _entry = entry;
        _method = method;
        _nameLength = (ushort)nameLength;
        Encrypts = EncryptsEntry(entry, options);
        _hasTime = ZipTime.FitsUnix(entry.Modified);
        _farOffset = offset >= options.Zip64.Bytes;
        Size = size;
        CompressedSize = compressedSize;
        HasDescriptor = hasDescriptor;
        Offset = offset;
        // The local header determines the width of the sizes in the data descriptor, so an upper bound is used for an unknown size.
        IsZip64 = size is not { } known || Math.Max(known, compressedSize ?? LargestDeflated(known)) >= options.Zip64.Bytes;
    }

    public long? Size { get; }

    public long? CompressedSize { get; }

    public bool HasDescriptor { get; }

    /// <summary>Whether the content is encrypted. A folder has no content.</summary>
    public bool Encrypts { get; }

    public long Offset { get; }

    public bool IsZip64 { get; }

    public int LocalLength => 30 + _nameLength + CommonExtrasLength + (IsZip64 ? 20 : 0);

    public int DescriptorLength => !HasDescriptor ? 0 : IsZip64 ? 24 : 16;

    public int CentralLength => 46 + _nameLength + CommonExtrasLength + CentralZip64Length;

    private int CommonExtrasLength => (_hasTime ? 9 : 0) + (Encrypts ? 11 : 0);

    private int CentralZip64Length => (IsZip64 || _farOffset ? 4 : 0) + (IsZip64 ? 16 : 0) + (_farOffset ? 8 : 0);

    private int Flags => Utf8Name | (HasDescriptor ? DescriptorFollows : 0) | (Encrypts ? Encrypted : 0);

    private int VersionNeeded => Encrypts ? 51 : IsZip64 || _farOffset ? 45 : 20;

    /// <summary>
    /// Whether the content is read before its header is written. The header then contains the CRC even if the entry does not declare it.
    /// </summary>
    public bool IsSmall => CompressedSize is { } length && LocalLength + length <= SmallLength;

    /// <summary>
    /// Creates the header of an uncompressed entry from only its declared size and CRC. Layouts are computed with this header, so it must not depend on the
    /// content.
    /// </summary>
    public static EntryHeader PlanStored(ZipEntry entry, long offset, ZipOptions options)
    {
        var encrypts = EncryptsEntry(entry, options);
        var compressedSize = entry.Size + (encrypts ? AesFormat.Overhead : 0);
        var header = new EntryHeader(entry, ZipMethod.Stored, entry.Size, compressedSize, hasDescriptor: false, offset, options);
        var needsDescriptor = entry.Size is null || (entry.Crc32 is null && !encrypts && !header.IsSmall);
        return needsDescriptor ? new(entry, ZipMethod.Stored, entry.Size, compressedSize, hasDescriptor: true, offset, options) : header;
    }

    /// <summary>Creates the header of an entry whose whole content is in memory.</summary>
    /// <param name="entry">Name and time.</param>
    /// <param name="method">The compression method.</param>
    /// <param name="size">Size of the content, in bytes.</param>
    /// <param name="dataLength">Size of the data before encryption, in bytes.</param>
    /// <param name="offset">Offset of the local header.</param>
    /// <param name="options">ZIP64 limits and encryption.</param>
    public static EntryHeader ForWhole(ZipEntry entry, ZipMethod method, long size, long dataLength, long offset, ZipOptions options) =>
        new(entry, method, size, dataLength + (EncryptsEntry(entry, options) ? AesFormat.Overhead : 0), hasDescriptor: false, offset, options);

    /// <summary>Creates the header of an entry that is compressed while it is sent.</summary>
    public static EntryHeader ForDeflating(ZipEntry entry, long offset, ZipOptions options) =>
        new(entry, ZipMethod.Deflate, entry.Size, compressedSize: null, hasDescriptor: true, offset, options);

    /// <summary>Writes the local header. A CRC or size that is not known yet is written as 0.</summary>
    public void WriteLocal(Span<byte> buffer, uint crc32)
    {
        var writer = new LittleEndianWriter(buffer);
        writer.UInt32(0x04034B50);
        WriteCommon(ref writer, HasDescriptor ? 0 : crc32, CompressedSize ?? 0, CompressedSize is null ? 0 : Size ?? 0);
        writer.UInt16(CommonExtrasLength + (IsZip64 ? 20 : 0));
        writer.Utf8(_entry.Name);
        if (IsZip64)
        {
            WriteZip64Sizes(ref writer, 16, CompressedSize ?? 0, CompressedSize is null ? 0 : Size ?? 0);
        }

        WriteCommonExtras(ref writer);
    }

    /// <summary>
    /// Writes the data descriptor with its signature. Its sizes have 64 bits if the local header has the ZIP64 extra field, and 32 bits otherwise.
    /// </summary>
    public void WriteDescriptor(Span<byte> buffer, in ZipEntryResult result)
    {
        var writer = new LittleEndianWriter(buffer);
        writer.UInt32(0x08074B50);
        writer.UInt32(VisibleCrc(result));
        if (IsZip64)
        {
            writer.UInt64(result.CompressedSize);
            writer.UInt64(result.Size);
        }
        else
        {
            writer.UInt32(checked((uint)result.CompressedSize));
            writer.UInt32(checked((uint)result.Size));
        }
    }

    /// <summary>Writes the central directory record.</summary>
    public void WriteCentral(Span<byte> buffer, in ZipEntryResult result)
    {
        var writer = new LittleEndianWriter(buffer);
        writer.UInt32(0x02014B50);
        writer.UInt16(UnixVersion30);
        WriteCommon(ref writer, VisibleCrc(result), result.CompressedSize, result.Size);
        writer.UInt16(CommonExtrasLength + CentralZip64Length);
        writer.UInt16(0); // comment
        writer.UInt16(0); // disk
        writer.UInt16(0); // internal attributes
        writer.UInt32(_entry.IsFolder ? Folder : RegularFile);
        writer.UInt32(_farOffset ? uint.MaxValue : (uint)Offset);
        writer.Utf8(_entry.Name);
        if (IsZip64)
        {
            WriteZip64Sizes(ref writer, CentralZip64Length - 4, result.CompressedSize, result.Size);
        }
        else if (_farOffset)
        {
            writer.UInt16(0x0001);
            writer.UInt16(8);
        }

        if (_farOffset)
        {
            writer.UInt64(Offset);
        }

        WriteCommonExtras(ref writer);
    }

    /// <summary>Writes the fields that the local header and the central directory record share, up to the length of the name.</summary>
    private void WriteCommon(ref LittleEndianWriter writer, uint crc32, long compressedSize, long size)
    {
        writer.UInt16(VersionNeeded);
        writer.UInt16(Flags);
        writer.UInt16(Encrypts ? AesFormat.Method : (ushort)_method);
        writer.UInt32(ZipTime.ToDos(_entry.Modified));
        writer.UInt32(Encrypts ? 0 : crc32);
        writer.UInt32(IsZip64 ? uint.MaxValue : checked((uint)compressedSize));
        writer.UInt32(IsZip64 ? uint.MaxValue : checked((uint)size));
        writer.UInt16(_nameLength);
    }

    /// <summary>Writes the ZIP64 extra field (APPNOTE 4.5.3). It is always the first one, because some readers only check the first.</summary>
    private static void WriteZip64Sizes(ref LittleEndianWriter writer, int length, long compressedSize, long size)
    {
        writer.UInt16(0x0001);
        writer.UInt16(length);
        writer.UInt64(size);
        writer.UInt64(compressedSize);
    }

    private void WriteCommonExtras(ref LittleEndianWriter writer)
    {
        if (_hasTime)
        {
            writer.UInt16(0x5455);
            writer.UInt16(5);
            writer.UInt8(1); // only the time of last change
            writer.UInt32((uint)_entry.Modified!.Value.ToUnixTimeSeconds());
        }

        if (Encrypts)
        {
            AesFormat.WriteExtra(ref writer, _method);
        }
    }

    private static bool EncryptsEntry(ZipEntry entry, ZipOptions options) => options.Encrypts && !entry.IsFolder;

    /// <summary>Returns the CRC for the headers. It is 0 with AE-2 encryption, because a CRC would disclose information about the content.</summary>
    private uint VisibleCrc(in ZipEntryResult result) => Encrypts ? 0 : result.Crc32;

    /// <summary>
    /// Returns an upper bound of the output of Deflate for <paramref name="size"/> bytes. The fast level of zlib-ng needs up to nine bits for a byte.
    /// </summary>
    private static long LargestDeflated(long size) => size + size / 8 + 1024;
}
