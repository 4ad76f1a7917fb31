namespace Egress.Packing;

/// <summary>A long sequence of bytes, stored in chunks to avoid large arrays. Immutable.</summary>
internal sealed class ChunkedBytes
{
    /// <summary>Length of every chunk except the last one, which may be shorter.</summary>
    public const int ChunkLength = 64 << 10;

    /// <param name="chunks">The chunks, in order.</param>
    /// <exception cref="ArgumentException">An array has a wrong length (<see cref="AreChunks"/>).</exception>
    public ChunkedBytes(IReadOnlyList<byte[]> chunks)
    {
        Chunks = AreChunks(chunks)
            ? chunks
            : throw new ArgumentException($"Every chunk must have {ChunkLength} bytes; only the last one may have fewer.", nameof(chunks));
        Length = chunks.Sum(static chunk => (long)chunk.Length);
    }

    /// <summary>The chunks, in order.</summary>
    public IReadOnlyList<byte[]> Chunks { get; }

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>Whether all arrays except the last one have the length of a chunk, and the last one is not longer.</summary>
    public static bool AreChunks(IReadOnlyList<byte[]> chunks) => chunks.Index().All(chunk =>
        chunk.Index < chunks.Count - 1 ? chunk.Item.Length == ChunkLength : chunk.Item.Length is > 0 and <= ChunkLength);

    /// <summary>Returns a part of the bytes. It is copied only if it spans several chunks.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part ends after the last byte.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        if (length == 0)
        {
            return [];
        }

        var (index, start) = ((int)(offset / ChunkLength), (int)(offset % ChunkLength));
        return start + length <= Chunks[index].Length ? Chunks[index].AsSpan(start, length) : Copy(index, start, length);
    }

    private byte[] Copy(int index, int start, int length)
    {
        var copy = new byte[length];
        for (var copied = 0; copied < length; index++, start = 0)
        {
            var piece = Chunks[index].AsSpan(start);
            piece = piece[..Math.Min(piece.Length, length - copied)];
            piece.CopyTo(copy.AsSpan(copied));
            copied += piece.Length;
        }

        return copy;
    }
}
