using System.IO.Hashing;
using CsCheck;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

public sealed class ArchiveLayoutTests
{
    [Fact]
    public async Task The_length_is_that_of_the_written_archive()
    {
        var entry = Gen.Select(Gen.Frequency((20, Gen.Const(0)), (1, Gen.Const(1))), Gen.Int[0, 300], Gen.Bool, Gen.Bool, Gen.Int[1, 40]);
        var archive = Gen.Select(entry.Array[0, 30], Gen.Long[1, 6_000], Gen.Int[1, 40]);
        await archive.SampleAsync(
            async (entries, limit, count) =>
            {
                var options = new ZipOptions { Zip64 = new Zip64Limits(limit, count) };
                var contents = entries.Select((seed, i) => Create(i, seed)).ToList();
                var written = await Archives.WriteAsync(options, contents, TestContext.Current.CancellationToken);
                Assert.Equal(written.Length, ArchiveLayout.Create([.. contents.Select(content => content.Entry)], options).Length);
            },
            iter: 2_000);
    }

    [Theory]
    [InlineData(ZipMethod.Deflate, -1, 10L, false)]
    [InlineData(ZipMethod.Deflate, 0, 10L, true)]
    [InlineData(ZipMethod.Deflate, 9, 0L, true)]
    [InlineData(ZipMethod.Stored, -1, null, false)]
    [InlineData(ZipMethod.Stored, -1, 10L, true)]
    public void A_layout_has_a_length_only_if_it_is_certain(object method, int level, long? size, bool expected)
    {
        var entry = new ZipEntry { Name = "a", Method = (ZipMethod)method, Size = size };

        Assert.Equal(expected, ArchiveLayout.Create([entry], new ZipOptions { CompressionLevel = level }).Length is not null);
    }

    /// <summary>Computes the length with the formula of the format, for sizes around the limits of 32-bit fields.</summary>
    [Theory]
    [InlineData(0xFFFFFFFEL, false)]
    [InlineData(0xFFFFFFFFL, true)]
    [InlineData(0x100000000L, true)]
    public void Zip64_begins_at_the_limits_of_the_32_bit_fields(long size, bool zip64)
    {
        ZipEntry[] entries =
        [
            new() { Name = "large", Method = ZipMethod.Stored, Size = size, Crc32 = 1 },
            new() { Name = "after", Method = ZipMethod.Stored, Size = 1, Crc32 = 1 },
        ];

        // The header after an entry of 0xFFFFFFFE bytes is beyond the limit. Its offset needs 64 bits, so the archive has a ZIP64 end record.
        var expected = 2 * (30 + 5) + size + 1 + (zip64 ? 20 : 0) + 2 * (46 + 5) + (zip64 ? 20 : 0) + 12 + 22 + 76;
        Assert.Equal(expected, ArchiveLayout.Create(entries, new ZipOptions()).Length);
    }

    [Theory]
    [InlineData(65_534, 22)]
    [InlineData(65_535, 22 + 76)]
    public void Many_entries_need_a_zip64_end(int count, int end)
    {
        var entries = Enumerable.Repeat(new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 0 }, count).ToList();

        Assert.Equal(count * (30L + 1 + 46 + 1) + end, ArchiveLayout.Create(entries, new ZipOptions()).Length);
    }

    [Fact]
    public void A_negative_size_is_refused()
    {
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = -1 };

        Assert.Throws<ArgumentOutOfRangeException>(() => ArchiveLayout.Create([entry], new ZipOptions()));
    }

    private static (ZipEntry Entry, byte[] Content) Create(int number, (int Blocks, int Bytes, bool DeclaresCrc, bool HasTime, int NameLength) seed)
    {
        var content = Archives.Content(seed.Blocks * 70_000 + seed.Bytes, compressible: false, seed: number);
        return (new ZipEntry
        {
            Name = new string('n', seed.NameLength) + number,
            Method = ZipMethod.Stored,
            Size = content.Length,
            Crc32 = seed.DeclaresCrc ? Crc32.HashToUInt32(content) : null,
            Modified = seed.HasTime ? DateTimeOffset.UnixEpoch.AddYears(seed.NameLength) : null,
        }, content);
    }
}
