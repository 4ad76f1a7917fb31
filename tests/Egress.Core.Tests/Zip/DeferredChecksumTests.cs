using System.IO.Hashing;
using System.IO.Pipelines;
using Egress.TestKit;
using Egress.TestKit.Zip;
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
                // The client has received everything before the checksum.
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

    /// <summary>The writer compresses the directory in memory, with and without deferred checksums.</summary>
    [Fact]
    public async Task A_central_directory_of_many_MiB_is_the_same_in_every_range_and_other_programs_read_it()
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
        foreach (var (i, entry) in entries.Index())
        {
            if (i % 3 == 0)
            {
                writer.DeferEntry(entry);
            }
            else
            {
                writer.SkipEntry(entry, crc);
            }
        }

        for (var i = 0; i < count; i += 3)
        {
            writer.SetCrc(crc);
        }

        await writer.CompleteAsync(Token);
        Assert.True(whole.AsSpan((int)layout.DirectoryOffset + 1).SequenceEqual(target.ToArray()));
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
