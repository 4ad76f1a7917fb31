using System.Buffers;
using System.Runtime.CompilerServices;

namespace Egress.Zip.Format;

/// <summary>
/// The central directory. Its records are kept in pooled buffers as the bytes that will be written, about 120 for each entry. If there are more than a few MiB,
/// they are compressed until they are written, to about 20 bytes for each entry.
/// </summary>
internal sealed class CentralDirectory(ZipOptions options) : IDisposable
{
    private const int FirstPiece = 4 << 10;
    private const int LargestPiece = 64 << 10;

    /// <summary>The total length of records, in bytes, above which records are compressed. Archives of some ten thousand entries stay below it.</summary>
    private const long LargestUnpacked = 4 << 20;

    private readonly List<DirectoryPiece> _full = [];

    private byte[] _piece = [];
    private int _length;
    private long _entries;

    /// <summary>Offset of the directory in the archive. Set when the first record is written or skipped.</summary>
    private long? _start;

    /// <summary>Offset of the entry whose record is written next without being kept.</summary>
    private long _next;

    /// <summary>Total length of all records, in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Returns the length of the end records, in bytes (APPNOTE 4.3.14–4.3.16).</summary>
    public static int EndLength(long entries, long offset, long length, ZipOptions options) =>
        22 + (NeedsZip64(entries, offset, length, options) ? 76 : 0);

    public void Add(in WrittenEntry entry)
    {
        var length = entry.Header.CentralLength;
        if (_piece.Length - _length < length)
        {
            NextPiece(length);
        }

        entry.Header.WriteCentral(_piece.AsSpan(_length, length), entry.Result);
        _length += length;
        Length += length;
        _entries++;
    }

    /// <summary>Skips records that are outside of the range, and that come before or after all kept records.</summary>
    /// <param name="output">The archive, at the place of the first record.</param>
    /// <param name="entries">The number of records.</param>
    /// <param name="length">Total length of their entries in the archive, in bytes.</param>
    /// <param name="recordsLength">Total length of the records, in bytes.</param>
    public void Skip(ZipOutput output, long entries, long length, long recordsLength)
    {
        _start ??= output.Position;
        output.Skip(recordsLength);
        Count(entries, length, recordsLength);
    }

    /// <summary>Writes a record that comes before all kept records.</summary>
    /// <param name="output">The output, at the offset of the record.</param>
    /// <param name="entry">The entry, which is not compressed and whose size is known.</param>
    /// <param name="crc32">CRC-32 of its content.</param>
    /// <param name="cancellationToken">Cancels flushing.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ZipOutput output, ZipEntry entry, uint crc32, CancellationToken cancellationToken)
    {
        _start ??= output.Position;
        var header = EntryHeader.PlanStored(entry, _next, options);
        await output.MakeRoomAsync(header.CentralLength, cancellationToken);
        var size = header.Size!.Value;
        header.WriteCentral(output.GetSpan(header.CentralLength), new ZipEntryResult(size, size, crc32));
        output.Advance(header.CentralLength);
        Count(1, header.LocalLength + size + header.DescriptorLength, header.CentralLength);
    }

    /// <summary>Writes the kept records, and the end of the directory.</summary>
    public async ValueTask WriteAsync(ZipOutput output, CancellationToken cancellationToken)
    {
        var offset = _start ??= output.Position;
        EndPiece();
        foreach (var piece in _full)
        {
            await piece.WriteAsync(output, cancellationToken);
        }

        var endLength = EndLength(_entries, offset, Length, options);
        await output.MakeRoomAsync(endLength, cancellationToken);
        WriteEnd(output.GetSpan(endLength), offset);
        output.Advance(endLength);
    }

    /// <summary>Returns the buffers. Writes nothing.</summary>
    public void Dispose()
    {
        _full.ForEach(static piece => piece.Release());
        ArrayPool<byte>.Shared.Return(_piece);
        _full.Clear();
        _piece = [];
        _length = 0;
    }

    private static bool NeedsZip64(long entries, long offset, long length, ZipOptions options) =>
        entries >= options.Zip64.Entries || offset >= options.Zip64.Bytes || length >= options.Zip64.Bytes;

    private void NextPiece(int length)
    {
        var wanted = Math.Clamp(_piece.Length * 2, FirstPiece, LargestPiece);
        EndPiece();
        ArrayPool<byte>.Shared.Return(_piece);
        _piece = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, length));
    }

    private void Count(long entries, long length, long recordsLength)
    {
        _entries += entries;
        _next += length;
        Length += recordsLength;
    }

    private void EndPiece()
    {
        if (_length > 0)
        {
            var full = new DirectoryPiece(_piece, _length);
            _full.Add(full);
            if (Length > LargestUnpacked)
            {
                full.Pack();
            }

            (_piece, _length) = ([], 0);
        }
    }

    private void WriteEnd(Span<byte> buffer, long offset)
    {
        var writer = new LittleEndianWriter(buffer);
        if (NeedsZip64(_entries, offset, Length, options))
        {
            WriteZip64End(ref writer, offset);
        }

        var entries = (int)(_entries >= options.Zip64.Entries ? ushort.MaxValue : _entries);
        writer.UInt32(0x06054B50);
        writer.UInt16(0); // this disk
        writer.UInt16(0); // disk of the directory
        writer.UInt16(entries);
        writer.UInt16(entries);
        writer.UInt32(Narrow(Length));
        writer.UInt32(Narrow(offset));
        writer.UInt16(0); // comment
    }

    private void WriteZip64End(ref LittleEndianWriter writer, long offset)
    {
        writer.UInt32(0x06064B50);
        writer.UInt64(44); // length of the rest of this record
        writer.UInt16(EntryHeader.UnixVersion30);
        writer.UInt16(45);
        writer.UInt32(0);
        writer.UInt32(0);
        writer.UInt64(_entries);
        writer.UInt64(_entries);
        writer.UInt64(Length);
        writer.UInt64(offset);

        writer.UInt32(0x07064B50);
        writer.UInt32(0);
        writer.UInt64(offset + Length);
        writer.UInt32(1); // number of disks
    }

    private uint Narrow(long value) => value >= options.Zip64.Bytes ? uint.MaxValue : (uint)value;
}
