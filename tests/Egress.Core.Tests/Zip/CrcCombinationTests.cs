using System.IO.Hashing;
using CsCheck;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

public sealed class CrcCombinationTests
{
    [Fact]
    public void The_CRC_of_two_parts_is_that_of_all_bytes() => Gen.Select(Gen.Byte.Array[0, 5_000], Gen.Int[0, 5_000]).Sample((bytes, cut) =>
    {
        var first = bytes.AsSpan(0, Math.Min(cut, bytes.Length));
        var second = bytes.AsSpan(first.Length);

        var combined = CrcCombination.Combine(Crc32.HashToUInt32(first), Crc32.HashToUInt32(second), second.Length);

        Assert.Equal(Crc32.HashToUInt32(bytes), combined);
    });

    [Fact]
    public void Parts_combine_in_any_grouping() => Gen.Byte.Array[0, 300].Array[1, 20].Sample(parts =>
    {
        var fromLeft = parts.Aggregate((Crc: 0u, Length: 0L), Append);
        var fromRight = parts.Reverse().Aggregate((Crc: 0u, Length: 0L), (after, part) =>
            (CrcCombination.Combine(Crc32.HashToUInt32(part), after.Crc, after.Length), after.Length + part.Length));

        Assert.Equal(Crc32.HashToUInt32([.. parts.SelectMany(part => part)]), fromLeft.Crc);
        Assert.Equal(fromLeft, fromRight);
    });

    /// <summary>The expected value is the one that zlib computes for all 4,097 MiB.</summary>
    [Fact]
    public void Lengths_above_32_bits_are_combined()
    {
        const long MiB = 1 << 20;
        var unit = Crc32.HashToUInt32(new byte[MiB]);
        var zeros = unit;
        for (var length = MiB; length < 4096 * MiB; length *= 2)
        {
            zeros = CrcCombination.Combine(zeros, zeros, length);
        }

        zeros = CrcCombination.Combine(zeros, unit, MiB);

        Assert.Equal(0x45848074u, CrcCombination.Combine(Crc32.HashToUInt32("before"u8), zeros, 4097 * MiB));
    }

    [Fact]
    public void A_negative_length_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => CrcCombination.Combine(1, 2, -1));

    private static (uint Crc, long Length) Append((uint Crc, long Length) before, byte[] part) =>
        (CrcCombination.Combine(before.Crc, Crc32.HashToUInt32(part), part.Length), before.Length + part.Length);
}
