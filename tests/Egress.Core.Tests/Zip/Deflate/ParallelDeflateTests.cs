using System.IO.Compression;
using System.IO.Pipelines;
using CsCheck;
using Egress.Limits;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Deflate;
using Xunit;

namespace Egress.Core.Tests.Zip.Deflate;

/// <summary>Tests of the compression of large entries on several cores.</summary>
public sealed class ParallelDeflateTests
{
    private static readonly ZipOptions Options = new() { SmallestParallelEntry = 100_000, BlockLength = 40_000 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Readers() => [.. ZipReaders.All.Select(reader => reader.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Every_reader_can_read_the_archive(string readerName)
    {
        var reader = ZipReaders.All.Single(reader => reader.Name == readerName);
        var content = Archives.Content(3_000_000, true);
        var options = new ZipOptions { SmallestParallelEntry = 1, Password = reader.ReadsEncrypted ? "password" : null };
        var entry = new ZipEntry { Name = "a.txt", Method = ZipMethod.Deflate, Size = content.Length };
        await using var folder = new TempFolder();
        var path = await folder.WriteAsync("a.zip", await Archives.WriteAsync(options, [(entry, content)], Token));

        var found = await reader.UnpackAsync(path, options.Password, Token);

        Assert.Equal(ReadEntry.Of(content), found["a.txt"]);
    }

    [Fact]
    public async Task Content_of_any_length_is_read_back()
    {
        await Gen.Select(Gen.Int[65_537, 400_000], Gen.Int[0, 3], Gen.Int[4, 9], Gen.Bool).SampleAsync(
            async (length, aligned, level, dribbles) =>
            {
                // A quarter of the entries end exactly at the end of the head, or at the end of a block.
                length = aligned == 0 ? 65_536 + 40_000 * (length % 8) : length;
                var content = Archives.Content(length, true, seed: length);
                var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = length };
                Stream source = dribbles ? new DribblingStream(content) : new MemoryStream(content);
                using var target = new MemoryStream();

                await Archives.WriteAsync(target, Options with { CompressionLevel = level }, [(entry, source)], Token);

                using var zip = new ZipArchive(target);
                await using var unpacked = await zip.Entries[0].OpenAsync(Token);
                using var found = new MemoryStream();
                await unpacked.CopyToAsync(found, Token);
                Assert.Equal(content, found.ToArray());
            },
            iter: 200);
    }

    [Fact]
    public async Task Blocks_cost_hardly_any_compression()
    {
        var content = Archives.Content(6_000_000, true);
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = content.Length };

        var serial = await Archives.WriteAsync(new ZipOptions { SmallestParallelEntry = long.MaxValue }, [(entry, content)], Token);
        var parallel = await Archives.WriteAsync(new ZipOptions { SmallestParallelEntry = 1 }, [(entry, content)], Token);

        Assert.NotEqual(serial, parallel);
        Assert.InRange(parallel.Length, 0.99 * serial.Length, 1.01 * serial.Length);
    }

    [Fact]
    public async Task A_failure_returns_every_block()
    {
        for (var length = 70_000; length < 800_000; length += 90_000)
        {
            using var writer = new ZipArchiveWriter(PipeWriter.Create(Stream.Null), Options);
            var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = 1_000_000 };

            await Assert.ThrowsAsync<EndOfStreamException>(
                async () => await writer.WriteEntryAsync(entry, new BreakingStream(Archives.Content(length, true)), Token));
        }

        AssertNoBlockIsOut();
    }

    [Fact]
    public async Task A_closed_reader_stops_the_compressors()
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        using var writer = new ZipArchiveWriter(pipe.Writer, Options);
        var content = Archives.Content(3_000_000, true);
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = content.Length };

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await writer.WriteEntryAsync(entry, new MemoryStream(content), Token));

        AssertNoBlockIsOut();
    }

    [Fact]
    public async Task Compression_continues_on_one_core_if_no_blocks_are_available()
    {
        var blocks = TakeAllBlocks();
        try
        {
            var content = Archives.Content(1_000_000, true);
            var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = content.Length };
            var archive = await Archives.WriteAsync(Options, [(entry, content)], Token);

            using var zip = new ZipArchive(new MemoryStream(archive));
            await using var unpacked = await zip.Entries[0].OpenAsync(Token);
            using var found = new MemoryStream();
            await unpacked.CopyToAsync(found, Token);
            Assert.Equal(content, found.ToArray());
        }
        finally
        {
            blocks.ForEach(block => block.Dispose());
        }
    }

    [Fact]
    public async Task Slow_readers_get_no_parallel_blocks()
    {
        var none = NoneIdle();
        using var pipe = new SteppedPipeWriter();
        using var writer = new ZipArchiveWriter(pipe, Options with { Limits = none });
        var unknown = new ZipEntry { Name = "a", Method = ZipMethod.Deflate };
        var large = new ZipEntry { Name = "b", Method = ZipMethod.Deflate, Size = 2_000_000 };
        foreach (var entry in new[] { unknown, large })
        {
            var writing = writer.WriteEntryAsync(entry, new MemoryStream(Archives.Content(2_000_000, true)), Token).AsTask();
            for (; !writing.IsCompleted; pipe.Continue())
            {
                AssertNoBlockIsOut(none);
            }

            await writing;
        }

        Assert.InRange(pipe.Flushes.Count, 5, 100);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(50_000, 1)]
    [InlineData(200_000, 100_000)]
    public async Task A_reader_that_lags_now_and_then_gets_everything(int pauseAt, int resumeAt)
    {
        var none = NoneIdle();
        var content = Archives.Content(6_000_000, true);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: pauseAt, resumeWriterThreshold: resumeAt, useSynchronizationContext: false));
        var writing = WriteAsync();
        using var archive = new MemoryStream();
        await pipe.Reader.CopyToAsync(archive, Token);
        await writing;

        using var zip = new ZipArchive(archive);
        await using var unpacked = await zip.Entries[0].OpenAsync(Token);
        using var found = new MemoryStream();
        await unpacked.CopyToAsync(found, Token);
        Assert.Equal(content, found.ToArray());

        async Task WriteAsync()
        {
            using var writer = new ZipArchiveWriter(pipe.Writer, Options with { Limits = none });
            var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = content.Length };
            await writer.WriteEntryAsync(entry, new MemoryStream(content), Token);
            await writer.CompleteAsync(Token);
            await pipe.Writer.CompleteAsync();
        }
    }

    private static ProcessLimits NoneIdle() => new() { IdleCompressors = new(0, 0, new BufferBudget(0)) };

    private static void AssertNoBlockIsOut(ProcessLimits? limits = null)
    {
        var blocks = TakeAllBlocks(limits);
        blocks.ForEach(block => block.Dispose());
        Assert.Equal(2 * Environment.ProcessorCount, blocks.Count);
    }

    private static List<DeflateBlock> TakeAllBlocks(ProcessLimits? limits = null)
    {
        var blocks = new List<DeflateBlock>();
        while (DeflateBlock.TryCreate(limits ?? Options.Limits, 1) is { } block)
        {
            blocks.Add(block);
        }

        return blocks;
    }
}
