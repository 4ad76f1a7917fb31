using Egress.Packing;
using Xunit;

namespace Egress.Core.Tests.Packing;

public sealed class ChunkedBytesTests
{
    private const int Chunk = ChunkedBytes.ChunkLength;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData((3 * Chunk) + 17)]
    public void Any_part_is_what_was_written(int length)
    {
        var random = new Random(length);
        var written = new byte[length];
        random.NextBytes(written);
        var writer = new ChunkedBytesWriter();
        for (int at = 0, piece; at < length; at += piece)
        {
            piece = Math.Min(random.Next(1, 10_000), length - at);
            writer.Write(written.AsSpan(at, piece));
            Assert.Equal(at + piece, writer.Length);
        }

        var bytes = writer.ToBytes();
        Assert.Equal((length, (length + Chunk - 1) / Chunk), (bytes.Length, bytes.Chunks.Count));
        Assert.True(bytes.Slice(0, length).SequenceEqual(written));
        for (var i = 0; i < 100; i++)
        {
            var from = random.Next(length + 1);
            var part = random.Next(length - from + 1);
            Assert.True(bytes.Slice(from, part).SequenceEqual(written.AsSpan(from, part)), $"{part} bytes from {from}");
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Slice(0, length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Slice(length + 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => bytes.Slice(-1, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(true, Chunk)]
    [InlineData(true, Chunk, 1)]
    [InlineData(false, Chunk, 0)]
    [InlineData(false, 1, 1)]
    [InlineData(false, Chunk - 1, Chunk)]
    [InlineData(false, Chunk + 1)]
    public void Only_the_last_chunk_may_be_shorter(bool isAllowed, params int[] lengths)
    {
        byte[][] chunks = [.. lengths.Select(static length => new byte[length])];
        Assert.Equal(isAllowed, ChunkedBytes.AreChunks(chunks));
        if (!isAllowed)
        {
            Assert.Throws<ArgumentException>(() => new ChunkedBytes(chunks));
        }
    }
}
