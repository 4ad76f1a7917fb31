using System.IO.Hashing;
using System.IO.Pipelines;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

/// <summary>Tests with entries whose checksums the writer gets after their content.</summary>
public sealed class DeferredChecksumTests
{
    private const int Size = 100_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_range_whose_checksums_come_last_is_that_of_the_whole()
    {
        var options = new ZipOptions();
        var entries = Enumerable.Range(0, 1_000).Select(static i => Create(i, i == 999 ? Size : 10)).ToList();
        var whole = await Archives.WriteAsync(options, entries, Token);
        var layout = ArchiveLayout.Create(entries.Select(static entry => entry.Entry), options);
        var (last, content) = entries[^1];
        var from = layout.DirectoryOffset - 16 - 500;
        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(
            PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true)), options, new ArchiveRange(from, whole.Length));
        writer.SkipContent(layout.DirectoryOffset - layout.ExtentOf(last, 0, 0).End);
        await writer.WriteEntryRestAsync(
            last,
            Size - 500,
            new MemoryStream(content[^500..]),
            () =>
            {
                // The client has received everything that precedes the checksum.
                Assert.Equal(500, target.Length);
                return new(Crc32.HashToUInt32(content));
            },
            Token);
        foreach (var (entry, bytes) in entries.SkipLast(1))
        {
            await writer.WriteRecordAsync(entry, Crc32.HashToUInt32(bytes), Token);
        }

        await writer.CompleteAsync(Token);
        Assert.Equal(whole[(int)from..], target.ToArray());
    }

    /// <summary>
    /// The writer compresses the directory in memory. It does not keep the records of entries that were skipped together, and writes these records
    /// before the others.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(10_000)]
    [InlineData(30_000)]
    public async Task A_central_directory_of_many_MiB_is_the_same_in_every_range_and_other_programs_read_it(int skipped)
    {
        const int count = 30_000;
        var options = new ZipOptions();
        var content = Archives.Content(3, compressible: false);
        var crc = Crc32.HashToUInt32(content);
        List<ZipEntry> entries =
        [
            .. Enumerable.Range(0, count).Select(static i => new ZipEntry { Name = $"{i:d5}{new string('n', i % 200)}.jpg", Method = ZipMethod.Stored, Size = 3 }),
        ];
        var whole = await Archives.WriteAsync(options, entries.Select(entry => (entry, content)), Token);
        var layout = ArchiveLayout.Create(entries, options);
        Assert.InRange(layout.DirectoryLength, 4 << 20, long.MaxValue);
        await using var folder = new TempFolder();
        await ZipReaders.Python.TestAsync(await folder.WriteAsync("many.zip", whole), null, Token);

        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(
            PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true)), options, new ArchiveRange(layout.DirectoryOffset + 1, whole.Length));
        writer.SkipContent(entries.Take(skipped).Sum(entry => layout.ExtentOf(entry, 0, 0).End));
        foreach (var entry in entries.Skip(skipped))
        {
            writer.SkipEntry(entry, crc);
        }

        foreach (var entry in entries.Take(skipped))
        {
            await writer.WriteRecordAsync(entry, crc, Token);
        }

        await writer.CompleteAsync(Token);
        Assert.True(whole.AsSpan((int)layout.DirectoryOffset + 1).SequenceEqual(target.ToArray()));
    }

    [Fact]
    public async Task Records_that_are_outside_of_the_range_are_skipped()
    {
        var options = new ZipOptions();
        var entries = Enumerable.Range(0, 100).Select(static i => Create(i, 10)).ToList();
        var whole = await Archives.WriteAsync(options, entries, Token);
        var layout = ArchiveLayout.Create(entries.Select(static entry => entry.Entry), options);
        var extents = entries.Take(60).Select(entry => layout.ExtentOf(entry.Entry, 0, 0)).ToList();
        var from = layout.DirectoryOffset + extents.Sum(static extent => extent.RecordEnd);
        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(PipeWriter.Create(target, new StreamPipeWriterOptions(leaveOpen: true)), options, new ArchiveRange(from, whole.Length));
        writer.SkipContent(layout.DirectoryOffset);
        writer.SkipRecords(60, extents.Sum(static extent => extent.End), extents.Sum(static extent => extent.RecordEnd));
        foreach (var (entry, content) in entries.Skip(60))
        {
            await writer.WriteRecordAsync(entry, Crc32.HashToUInt32(content), Token);
        }

        await writer.CompleteAsync(Token);
        Assert.Equal(whole[(int)from..], target.ToArray());
    }

    [Fact]
    public async Task A_range_that_reaches_the_directory_is_not_completed_by_a_writer_that_keeps_no_records()
    {
        var (entry, content) = Create(0, Size);
        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(PipeWriter.Create(target), new ZipOptions(), new ArchiveRange(Size + 40, long.MaxValue), hasDirectory: false);
        writer.SkipEntry(entry, Crc32.HashToUInt32(content));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CompleteAsync(Token));
        Assert.Equal(0, target.Length);
    }

    private static (ZipEntry Entry, byte[] Content) Create(int number, int size) =>
        (new ZipEntry { Name = $"{number}", Method = ZipMethod.Stored, Size = size }, Archives.Content(size, compressible: false, seed: number));
}
