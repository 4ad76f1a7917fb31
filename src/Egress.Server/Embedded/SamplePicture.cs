using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Egress.Server.Embedded;

/// <summary>Draws a picture as a PNG file (W3C PNG, third edition). The same number gives the same bytes.</summary>
internal static class SamplePicture
{
    private const int Width = 640;
    private const int Height = 400;
    private const int BytesPerPixel = 3;
    private const byte BitDepth = 8;
    private const byte TrueColor = 2;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Draws the picture with a number: a color gradient with film grain, which is as hard to compress as a photograph.</summary>
    /// <returns>The bytes of the PNG file, about half a MiB.</returns>
    public static byte[] Draw(int number)
    {
        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, Header());
        WriteChunk(file, "IDAT"u8, Pixels(number));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Header()
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), Height);
        (header[8], header[9]) = (BitDepth, TrueColor);
        return header;
    }

    private static byte[] Pixels(int number)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            // Each row begins with the number of its filter. Zero means no filter.
            var row = new byte[1 + (Width * BytesPerPixel)];
            var grain = (uint)number + 1;
            for (var y = 0; y < Height; y++)
            {
                for (var i = 1; i < row.Length; i++)
                {
                    // A linear congruential generator (Numerical Recipes, 7.1) is random enough for grain.
                    grain = (grain * 1664525) + 1013904223;
                    var shade = (((i - 1) / BytesPerPixel) + (y * (1 + (i % BytesPerPixel))) + (number * 40)) % 192;
                    row[i] = (byte)(shade + (grain >> 26));
                }

                deflate.Write(row);
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        var crc = new Crc32();
        crc.Append(type);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, crc.GetCurrentHashAsUInt32());
        file.Write(number);
    }
}
