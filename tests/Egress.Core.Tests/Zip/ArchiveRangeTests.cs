using System.IO.Hashing;
using System.IO.Pipelines;
using CsCheck;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

public sealed class ArchiveRangeTests
{
    /// <summary>A wrong checksum for entries whose checksum is not needed. It must not occur in the output.</summary>
    private const uint Unknown = 0xBAADF00D;

    private static readonly Gen<(ZipOptions Options, List<(ZipEntry Entry, byte[] Content)> Entries)> Archive =
        Gen.Select(
            Gen.Select(Gen.Frequency((3, Gen.Const(0)), (1, Gen.Const(70_000))), Gen.Int[0, 300], Gen.Bool, Gen.Bool).Array[0, 8],
            Gen.Long[1, 200_000],
            Gen.Int[1, 10],
            (seeds, limit, count) => (
                new ZipOptions { Zip64 = new Zip64Limits(limit, count), BufferSize = 4_096 + (int)(limit % 70_000) },
                seeds.Select((seed, i) => Create(i, seed.Item1 + seed.Item2, seed.Item3, seed.Item4)).ToList()));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_part_is_that_of_the_whole()
    {
        await Gen.Select(Archive, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Bool).SampleAsync(
            async (archive, first, second, readsTails) =>
            {
                var (options, entries) = archive;
                var whole = await Archives.WriteAsync(options, entries, Token);
                var from = (int)(Math.Min(first, second) * whole.Length);
                var to = Math.Min((int)(Math.Max(first, second) * (whole.Length + 1)), whole.Length);

                var part = await WritePartAsync(options, entries, new ArchiveRange(from, to), readsTails);

                Assert.Equal(whole[from..to], part);
            },
            iter: 1_000);
    }

    [Fact]
    public async Task Any_two_parts_of_a_small_archive_make_the_whole()
    {
        List<(ZipEntry, byte[])> entries = [Create(0, 10, true, true), Create(1, 0, false, false), Create(2, 30, false, true)];
        var options = new ZipOptions { Zip64 = new Zip64Limits(20, ushort.MaxValue) };
        var whole = await Archives.WriteAsync(options, entries, Token);
        for (var cut = 0; cut <= whole.Length; cut++)
        {
            var head = await WritePartAsync(options, entries, new ArchiveRange(0, cut), readsTails: false);
            var tail = await WritePartAsync(options, entries, new ArchiveRange(cut, whole.Length), readsTails: true);

            Assert.Equal(whole, head.Concat(tail));
        }
    }

    [Fact]
    public async Task Bytes_after_the_range_are_not_read()
    {
        using var target = new MemoryStream();
        using var source = new MemoryStream(Archives.Content(10_000_000, false));
        using var writer = new ZipArchiveWriter(PipeWriter.Create(target), new ZipOptions(), new ArchiveRange(0, 100_000));

        await writer.WriteEntryAsync(new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 10_000_000 }, source, Token);
        await writer.CompleteAsync(Token);

        Assert.Equal(100_000, target.Length);
        Assert.Equal(100_000 - 31, source.Position);
    }

    [Fact]
    public void The_content_of_an_entry_in_the_range_cannot_be_skipped()
    {
        using var writer = new ZipArchiveWriter(PipeWriter.Create(Stream.Null), new ZipOptions(), new ArchiveRange(40, 1_000));

        Assert.Throws<InvalidOperationException>(
            () => writer.SkipEntry(new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 10 }, 0));
    }

    [Fact]
    public async Task Ranges_are_offered_only_for_entries_with_a_known_position()
    {
        var range = new ArchiveRange(10, 100);
        var deflated = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = 10 };

        Assert.Throws<ArgumentException>(() => new ZipArchiveWriter(PipeWriter.Create(Stream.Null), new ZipOptions { Password = "x" }, range));
        using var writer = new ZipArchiveWriter(PipeWriter.Create(Stream.Null), new ZipOptions(), range);
        await Assert.ThrowsAsync<ArgumentException>(async () => await writer.WriteEntryAsync(deflated, Stream.Null, Token));
        Assert.False(ArchiveLayout.Create([deflated], new ZipOptions()).SupportsRanges);
        Assert.Throws<InvalidOperationException>(() => ArchiveLayout.Create([deflated], new ZipOptions()).ExtentOf(deflated, 0, 0));
        Assert.False(ArchiveLayout.Create([], new ZipOptions { Password = "x" }).SupportsRanges);
    }

    [Fact]
    public async Task The_tail_of_an_entry_must_have_the_expected_length()
    {
        using var writer = new ZipArchiveWriter(PipeWriter.Create(Stream.Null), new ZipOptions(), new ArchiveRange(100, 1_000));
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 200 };

        var mismatch = await Assert.ThrowsAsync<ZipEntryMismatchException>(
            async () => await writer.WriteEntryTailAsync(entry, 50, 0, new MemoryStream(new byte[149]), Token));

        Assert.Equal((200, 199), (mismatch.Expected, mismatch.Actual));
    }

    /// <summary>Writes a part of an archive as a resumed download does: only the needed part of each entry is read.</summary>
    private static async Task<byte[]> WritePartAsync(
        ZipOptions options, List<(ZipEntry Entry, byte[] Content)> entries, ArchiveRange range, bool readsTails)
    {
        using var target = new MemoryStream();
        var pipe = PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true));
        using var writer = new ZipArchiveWriter(pipe, options, range);
        var layout = ArchiveLayout.Create(entries.Select(entry => entry.Entry), options);
        var (start, record) = (0L, layout.DirectoryOffset);
        foreach (var (entry, content) in entries)
        {
            var extent = layout.ExtentOf(entry, start, record);
            if (extent.Start >= range.To)
            {
                break;
            }

            (start, record) = (extent.End, extent.RecordEnd);
            var crc = ArchiveLayout.NeedsCrc(extent, range) ? Crc32.HashToUInt32(content) : Unknown;
            if (extent.DataEnd <= range.From)
            {
                writer.SkipEntry(entry, crc);
            }
            else if (extent.DataStart < range.From && readsTails)
            {
                var offset = (int)(range.From - extent.DataStart);
                await writer.WriteEntryTailAsync(entry, offset, crc, new MemoryStream(content[offset..]), Token);
            }
            else
            {
                await writer.WriteEntryAsync(entry, new MemoryStream(content), Token);
            }
        }

        await writer.CompleteAsync(Token);
        return target.ToArray();
    }

    private static (ZipEntry Entry, byte[] Content) Create(int number, int length, bool knowsCrc, bool hasTime)
    {
        var content = Archives.Content(length, compressible: false, seed: number);
        return (new ZipEntry
        {
            Name = $"folder/{number}",
            Method = ZipMethod.Stored,
            Size = length,
            Crc32 = knowsCrc ? Crc32.HashToUInt32(content) : null,
            Modified = hasTime ? DateTimeOffset.UnixEpoch.AddYears(30) : null,
        }, content);
    }
}
