using System.IO.Pipelines;
using Egress.Limits;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Deflate;
using Egress.Zip.Format;
using Egress.Zip.Writing;
using Xunit;

namespace Egress.Core.Tests.Zip.Deflate;

/// <summary>Tests of Deflate with readers that are slower than the compressor.</summary>
public sealed class SlowReaderTests : IDisposable
{
    private const int FlushForLagging = 64 << 10;

    private readonly SteppedPipeWriter _pipe = new();
    private readonly Permits _noneToKeep = PermitsFor(0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _pipe.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task No_compressor_is_held_while_the_writer_waits_for_the_reader(bool compressible, bool known)
    {
        var content = Archives.Content(3_000_000, compressible);
        using var entries = new Entries(_pipe, _noneToKeep);
        var writing = entries.WriteAsync(new MemoryStream(content), known ? content.Length : null);

        for (; !writing.IsCompleted; _pipe.Continue())
        {
            Assert.False(entries.HoldCompressor);
        }

        await writing;
        Assert.InRange(_pipe.Flushes.Count, 5, 100);
    }

    [Fact]
    public async Task An_entry_that_begins_while_bytes_wait_holds_no_compressor_either()
    {
        using var entries = new Entries(_pipe, _noneToKeep);
        await entries.WriteAsync(new MemoryStream(Archives.Content(65_480, false)), 65_480); // leaves no room for another header
        Assert.Empty(_pipe.Flushes);

        var writing = entries.WriteAsync(new MemoryStream(Archives.Content(70_000, true)), 70_000);

        Assert.Single(_pipe.Flushes);
        Assert.False(entries.HoldCompressor);
        _pipe.Continue();
        await writing;
    }

    [Fact]
    public async Task Pieces_are_large_while_the_reader_lags_and_small_when_it_keeps_up_again()
    {
        using var entries = new Entries(_pipe, _noneToKeep);
        var writing = entries.WriteAsync(new MemoryStream(Archives.Content(8_000_000, true)), null);
        for (var i = 0; i < 4; i++)
        {
            _pipe.Continue();
        }

        var lagging = _pipe.Flushes.Count;
        _pipe.Waits = false;
        _pipe.Continue();

        Assert.True(writing.IsCompletedSuccessfully);
        await writing;
        Assert.InRange(_pipe.Flushes[0], 1, FlushForLagging - 1);
        Assert.All(_pipe.Flushes[1..lagging], length => Assert.InRange(length, FlushForLagging, 3 * FlushForLagging));
        Assert.Contains(_pipe.Flushes[(lagging + 1)..], length => length < FlushForLagging);
    }

    [Fact]
    public async Task Compressors_are_kept_up_to_the_number_of_permits()
    {
        var toKeep = PermitsFor(1);
        using var otherPipe = new SteppedPipeWriter();
        using var first = new Entries(_pipe, toKeep);
        using var second = new Entries(otherPipe, toKeep);

        var writing = new[] { first, second }.Select(entries => entries.WriteAsync(new MemoryStream(Archives.Content(3_000_000, true)), null)).ToList();
        Assert.Equal((true, false), (first.HoldCompressor, second.HoldCompressor));

        _pipe.Waits = false;
        _pipe.Continue();
        otherPipe.Continue();
        Assert.True(second.HoldCompressor);

        otherPipe.Break();
        await writing[0];
        await Assert.ThrowsAsync<IOException>(() => writing[1]);
        Assert.Equal((true, false), (toKeep.TryTake(), toKeep.TryTake()));
    }

    [Fact]
    public async Task A_broken_entry_is_not_ended()
    {
        using var writer = new ZipArchiveWriter(_pipe, new ZipOptions { Limits = new ProcessLimits { IdleCompressors = _noneToKeep } });
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate };
        using var source = new BreakingStream(Archives.Content(2_000_000, true));
        var writing = writer.WriteEntryAsync(entry, source, Token).AsTask();
        while (!writing.IsCompleted)
        {
            _pipe.Continue();
        }

        await Assert.ThrowsAsync<EndOfStreamException>(() => writing);
        var length = _pipe.Length;
        writer.Dispose();
        Assert.Equal(length, _pipe.Length);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, "password")]
    [InlineData(false, null)]
    [InlineData(false, "password")]
    [InlineData(true, null, 1)]
    [InlineData(true, null, 9)]
    public async Task An_archive_for_a_slow_reader_is_complete_and_hardly_larger(bool known, string? password, int level = -1)
    {
        var contents = new[] { 3_000_000, 100, 65_536, 65_537, 900_000 }.Select((length, i) => Archives.Content(length, true, i))
            .Concat([.. Enumerable.Range(5, 4).Select(DenseBehindItsHead)]); // some of these contents end with a flush
        var entries = contents.Select((content, i) => (
            new ZipEntry { Name = $"{i}", Method = ZipMethod.Deflate, Size = known ? content.Length : null }, content)).ToList();
        var options = new ZipOptions { Password = password, CompressionLevel = level, SmallestParallelEntry = long.MaxValue };
        var fast = await Archives.WriteAsync(options, entries, Token);

        var slow = await WriteSlowlyAsync(options with { Limits = new ProcessLimits { IdleCompressors = _noneToKeep } }, entries);

        Assert.NotEqual(fast, slow);
        // Each compressor adds some bytes, and the speed of the reader decides how many there are. Without a dictionary the archive would have twice the size.
        Assert.InRange(slow.Length, 0.97 * fast.Length, 1.2 * fast.Length);
        await using var folder = new TempFolder();
        var found = await ZipReaders.SevenZip.UnpackAsync(await folder.WriteAsync("a.zip", slow), password, Token);
        Assert.All(entries, entry => Assert.Equal(ReadEntry.Of(entry.content), found[entry.Item1.Name]));
    }

    [Fact]
    public async Task The_bytes_before_are_the_dictionary_of_the_next_compressor()
    {
        // Half of the content repeats the content 30,000 bytes earlier.
        var same = Archives.Content(15_000, false);
        byte[] content = [.. Enumerable.Range(2, 70).SelectMany(seed => same.Concat(Archives.Content(15_000, false, seed)))];
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate };
        var fast = await Archives.WriteAsync(new ZipOptions(), [(entry, content)], Token);

        var slow = await WriteSlowlyAsync(new ZipOptions { Limits = new ProcessLimits { IdleCompressors = _noneToKeep } }, [(entry, content)]);

        // Each compressor adds some bytes, and the speed of the reader decides how many there are. Without a dictionary the archive would have twice the size.
        Assert.InRange(slow.Length, 0.97 * fast.Length, 1.2 * fast.Length);
    }

    private static Permits PermitsFor(int compressors) => new(compressors, 0, new BufferBudget(0));

    private static byte[] DenseBehindItsHead(int pieces) => [.. Archives.Content(65_536, true), .. Archives.Content(pieces * 65_536, false)];

    /// <summary>Writes an archive. Every flush waits until the reader has read all bytes.</summary>
    private static async Task<byte[]> WriteSlowlyAsync(ZipOptions options, IEnumerable<(ZipEntry Entry, byte[] Content)> entries)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        using var target = new MemoryStream();
        var reading = pipe.Reader.CopyToAsync(target, Token);
        using var writer = new ZipArchiveWriter(pipe.Writer, options);
        foreach (var (entry, content) in entries)
        {
            await writer.WriteEntryAsync(entry, new DribblingStream(content), Token);
        }

        await writer.CompleteAsync(Token);
        await pipe.Writer.CompleteAsync();
        await reading;
        return target.ToArray();
    }

    /// <summary>Writes entries without an archive, so that the test can inspect their memory.</summary>
    private sealed class Entries : IDisposable
    {
        private readonly ZipOutput _output;
        private readonly EntryBody _body;
        private readonly SerialDeflater _deflater;
        private readonly DeflatedEntryWriter _deflated;

        public Entries(PipeWriter pipe, Permits toKeep)
        {
            var options = new ZipOptions { Limits = new ProcessLimits { IdleCompressors = toKeep }, SmallestParallelEntry = long.MaxValue };
            _output = new(pipe, options.BufferSize, ArchiveRange.All);
            _body = new(_output, options);
            _deflater = new(_output, _body, options);
            _deflated = new(_output, _body, new StoredEntryWriter(_output, _body, options), _deflater, options);
        }

        public bool HoldCompressor => _deflater.IsHeld;

        public Task<WrittenEntry> WriteAsync(Stream content, long? size)
        {
            var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = size };
            var source = new EntrySource();
            source.Open(entry, content);
            return _deflated.WriteAsync(entry, source, Token).AsTask();
        }

        public void Dispose()
        {
            _deflater.Dispose();
            _body.Dispose();
            _output.Dispose();
        }
    }
}
