using System.IO.Hashing;
using System.IO.Pipelines;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

/// <summary>Entries whose checksums the writer gets later than their content.</summary>
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
        foreach (var (entry, _) in entries.SkipLast(1))
        {
            writer.DeferEntry(entry);
        }

        await writer.WriteEntryRestAsync(
            last,
            Size - 500,
            new MemoryStream(content[^500..]),
            () =>
            {
                // The client has everything before the checksum.
                Assert.Equal(500, target.Length);
                return new(Crc32.HashToUInt32(content));
            },
            Token);
        foreach (var (_, bytes) in entries.SkipLast(1))
        {
            writer.SetCrc(Crc32.HashToUInt32(bytes));
        }

        await writer.CompleteAsync(Token);
        Assert.Equal(whole[(int)from..], target.ToArray());
    }

    [Fact]
    public async Task An_archive_is_not_completed_without_a_checksum()
    {
        var (entry, _) = Create(0, Size);
        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(
            PipeWriter.Create(target), new ZipOptions(), new ArchiveRange(ArchiveLayout.Create([entry], new ZipOptions()).DirectoryOffset, long.MaxValue));
        writer.DeferEntry(entry);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CompleteAsync(Token));
        Assert.Equal(0, target.Length);
    }

    private static (ZipEntry Entry, byte[] Content) Create(int number, int size) =>
        (new ZipEntry { Name = $"{number}", Method = ZipMethod.Stored, Size = size }, Archives.Content(size, compressible: false, seed: number));
}
