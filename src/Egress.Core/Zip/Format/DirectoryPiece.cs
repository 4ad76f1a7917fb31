using System.Buffers;
using System.IO.Compression;

namespace Egress.Zip.Format;

/// <summary>Some records of the central directory in a pooled buffer. They may be compressed until they are written.</summary>
/// <param name="buffer">The buffer.</param>
/// <param name="length">Total length of the records, in bytes.</param>
internal sealed class DirectoryPiece(byte[] buffer, int length)
{
    /// <summary>The quality of Brotli: the fastest one that benefits from the similarity of records.</summary>
    private const int Quality = 1;

    private const int Window = 16;

    private byte[] _buffer = buffer;
    private int _packedLength;

    /// <summary>Compresses the records to about a fifth. Keeps them uncompressed if that does not help.</summary>
    public void Pack()
    {
        var packed = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(length));
        if (BrotliEncoder.TryCompress(_buffer.AsSpan(0, length), packed, out _packedLength, Quality, Window))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = packed.AsSpan(0, _packedLength).ToArray();
        }

        ArrayPool<byte>.Shared.Return(packed);
    }

    /// <summary>Writes the records.</summary>
    public async ValueTask WriteAsync(ZipOutput output, CancellationToken cancellationToken)
    {
        Unpack();
        await output.WriteAsync(_buffer.AsMemory(0, length), cancellationToken);
        Release();
    }

    /// <summary>Returns the buffer. Writes nothing.</summary>
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
            var records = ArrayPool<byte>.Shared.Rent(length);
            if (!BrotliDecoder.TryDecompress(_buffer, records, out _))
            {
                throw new InvalidOperationException("Records of the central directory cannot be decompressed.");
            }

            (_buffer, _packedLength) = (records, 0);
        }
    }
}
