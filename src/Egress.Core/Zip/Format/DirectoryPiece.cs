using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Egress.Zip.Format;

/// <summary>Some records of the central directory, in a pooled buffer, which may be compressed until they are written.</summary>
/// <param name="buffer">The buffer; empty for records that are outside of the range.</param>
/// <param name="length">Length of the records.</param>
internal sealed class DirectoryPiece(byte[] buffer, long length)
{
    /// <summary>The fastest quality of Brotli that uses the similarity of records.</summary>
    private const int Quality = 1;

    private const int Window = 16;

    private byte[] _buffer = buffer;
    private int _packedLength;

    /// <summary>The places of missing CRCs, and the CRCs that were set later, in the same order.</summary>
    private List<int>? _places;
    private List<uint>? _crcs;

    /// <summary>Whether a record has no CRC yet.</summary>
    public bool LacksCrc => _places is { } places && (_crcs?.Count ?? 0) < places.Count;

    /// <summary>Sets the records that have no CRC yet.</summary>
    /// <param name="places">The places of their CRCs.</param>
    public DirectoryPiece Without(List<int>? places)
    {
        _places = places;
        return this;
    }

    /// <summary>Sets the CRC of the first record that has none.</summary>
    public void SetCrc(uint crc32) => (_crcs ??= []).Add(crc32);

    /// <summary>Compresses the records to about a fifth. Keeps them uncompressed if that does not help.</summary>
    public void Pack()
    {
        var packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength((int)length));
        if (BrotliEncoder.TryCompress(_buffer.AsSpan(0, (int)length), packed, out _packedLength, Quality, Window))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = packed.AsSpan(0, _packedLength).ToArray();
        }

        ArrayPool<byte>.Shared.Return(packed);
    }

    /// <summary>Writes the records.</summary>
    public async ValueTask WriteAsync(ZipOutput output, CancellationToken cancellationToken)
    {
        if (_buffer.Length == 0)
        {
            output.Skip(length);
            return;
        }

        Unpack();
        foreach (var (place, crc) in (_places ?? []).Zip(_crcs ?? []))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(place), crc);
        }

        await output.WriteAsync(_buffer.AsMemory(0, (int)length), cancellationToken);
        Release();
    }

    /// <summary>Returns the memory.</summary>
    public void Release()
    {
        if (_packedLength == 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _packedLength) = ([], 0);
    }

    private void Unpack()
    {
        if (_packedLength > 0)
        {
            var records = ArrayPool<byte>.Shared.Rent((int)length);
            if (!BrotliDecoder.TryDecompress(_buffer, records, out _))
            {
                throw new InvalidOperationException("Records of the central directory cannot be decompressed.");
            }

            (_buffer, _packedLength) = (records, 0);
        }
    }
}
