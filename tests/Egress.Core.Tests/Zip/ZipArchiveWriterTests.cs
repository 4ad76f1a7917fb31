using System.IO.Compression;
using System.IO.Hashing;
using System.IO.Pipelines;
using Egress.TestKit.Zip;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Zip;

public sealed class ZipArchiveWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ZipMethod.Stored, 10)]
    [InlineData(ZipMethod.Stored, 200_000)]
    [InlineData(ZipMethod.Deflate, 10)]
    [InlineData(ZipMethod.Deflate, 200_000)]
    public async Task A_source_of_another_size_is_detected(object method, int size)
    {
        foreach (var declared in new[] { size - 1, size + 1 })
        {
            using var target = new MemoryStream();
            var pipe = PipeWriter.Create(target);
            using var writer = new ZipArchiveWriter(pipe, new ZipOptions());
            var entry = new ZipEntry { Name = "a", Method = (ZipMethod)method, Size = declared };

            var mismatch = await Assert.ThrowsAsync<ZipEntryMismatchException>(
                async () => await writer.WriteEntryAsync(entry, new MemoryStream(Archives.Content(size, false)), Token));

            Assert.Equal(("a", ZipEntryProperty.Size, declared, size), (mismatch.EntryName, mismatch.Property, mismatch.Expected, mismatch.Actual));
            Assert.InRange(writer.Position, 0, 31 + declared);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CompleteAsync(Token));
        }
    }

    [Theory]
    [InlineData(ZipMethod.Stored, 10)]
    [InlineData(ZipMethod.Stored, 200_000)]
    [InlineData(ZipMethod.Deflate, 200_000)]
    public async Task A_source_with_another_crc_is_detected(object method, int size)
    {
        using var writer = new ZipArchiveWriter(PipeWriter.Create(Stream.Null), new ZipOptions());
        var content = Archives.Content(size, true);
        var entry = new ZipEntry { Name = "a", Method = (ZipMethod)method, Size = size, Crc32 = 1 };

        var mismatch = await Assert.ThrowsAsync<ZipEntryMismatchException>(
            async () => await writer.WriteEntryAsync(entry, new MemoryStream(content), Token));

        Assert.Equal((ZipEntryProperty.Crc32, 1L, Crc32.HashToUInt32(content)), (mismatch.Property, mismatch.Expected, mismatch.Actual));
    }

    [Fact]
    public async Task An_exception_of_the_source_passes_through_and_ends_the_archive()
    {
        using var target = new MemoryStream();
        using var writer = new ZipArchiveWriter(PipeWriter.Create(target), new ZipOptions());
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = 1_000_000 };

        var thrown = await Assert.ThrowsAsync<EndOfStreamException>(
            async () => await writer.WriteEntryAsync(entry, new BreakingStream(Archives.Content(500_000, true)), Token));

        Assert.Equal("broken", thrown.Message);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.WriteEntryAsync(entry, Stream.Null, Token));
        writer.Dispose();
        Assert.DoesNotContain("PK\u0005\u0006", System.Text.Encoding.Latin1.GetString(target.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_writes_nothing()
    {
        using var target = new MemoryStream();
        var pipe = PipeWriter.Create(target);
        var writer = new ZipArchiveWriter(pipe, new ZipOptions());
        var entry = new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 3 };
        await writer.WriteEntryAsync(entry, new MemoryStream([1, 2, 3]), Token);
        var position = writer.Position;

        writer.Dispose();
        await pipe.FlushAsync(Token);

        Assert.Equal(position, target.Length);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await writer.CompleteAsync(Token));
    }

    [Theory]
    [InlineData(ZipMethod.Stored)]
    [InlineData(ZipMethod.Deflate)]
    public async Task A_closed_reader_stops_the_writer(object method)
    {
        var pipe = new Pipe();
        await pipe.Reader.CompleteAsync();
        using var writer = new ZipArchiveWriter(pipe.Writer, new ZipOptions());
        using var source = new MemoryStream(Archives.Content((Environment.ProcessorCount + 3) << 20, true)); // more blocks than are compressed ahead

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await writer.WriteEntryAsync(new ZipEntry { Name = "a", Method = (ZipMethod)method, Size = source.Length }, source, Token));

        Assert.InRange(source.Position, 0, source.Length - 1);
    }

    [Fact]
    public async Task Small_entries_share_a_flush()
    {
        var pipe = new CountingPipeWriter();
        using var writer = new ZipArchiveWriter(pipe, new ZipOptions());
        for (var i = 0; i < 1_000; i++)
        {
            var content = Archives.Content(100, false, i);
            await writer.WriteEntryAsync(new ZipEntry { Name = $"{i}", Method = ZipMethod.Stored, Size = 100 }, new MemoryStream(content), Token);
        }

        await writer.CompleteAsync(Token);

        Assert.InRange(pipe.Flushes, 1, pipe.Bytes / 50_000 + 1);
        Assert.InRange(pipe.LargestFlush, 1, 64 << 10);
    }

    [Theory]
    [InlineData(10_000, true, CompressionMethod.Deflate)]
    [InlineData(10_000, false, CompressionMethod.Stored)]
    [InlineData(1_000_000, true, CompressionMethod.Deflate)]
    [InlineData(1_000_000, false, CompressionMethod.Stored)]
    public async Task Content_that_does_not_shrink_is_stored(int length, bool compressible, CompressionMethod expected)
    {
        var content = Archives.Content(length, compressible);
        var archive = await Archives.WriteAsync(
            new ZipOptions(), [(new ZipEntry { Name = "a", Method = ZipMethod.Deflate, Size = length }, content)], Token);

        using var zip = new ZipArchive(new MemoryStream(archive));
        Assert.Equal(expected, MethodOf(archive));
        Assert.Equal(expected == CompressionMethod.Stored, zip.Entries[0].CompressedLength == length);
    }

    [Theory]
    [InlineData(ZipMethod.Stored, true)]
    [InlineData(ZipMethod.Stored, false)]
    [InlineData(ZipMethod.Deflate, true)]
    [InlineData(ZipMethod.Deflate, false)]
    public async Task Sources_and_pipes_may_cut_the_bytes_anywhere(object method, bool known)
    {
        var content = Archives.Content(200_000, true);
        var entry = new ZipEntry { Name = "a", Method = (ZipMethod)method, Size = known ? content.Length : null };
        var whole = await Archives.WriteAsync(new ZipOptions(), [(entry, content)], Token);

        using var target = new MemoryStream();
        await Archives.WriteAsync(target, new ZipOptions { BufferSize = 5_000 }, [(entry, new DribblingStream(content))], Token);

        using var zip = new ZipArchive(target);
        await using var unpacked = await zip.Entries[0].OpenAsync(Token);
        Assert.Equal(content.Length, zip.Entries[0].Length);
        Assert.Equal(ReadEntry.Of(content).Crc32, zip.Entries[0].Crc32);
        if (method is ZipMethod.Stored)
        {
            Assert.Equal(whole, target.ToArray());
        }
    }

    [Fact]
    public async Task The_result_has_the_sizes_and_the_CRC_of_the_written_entry()
    {
        var content = Archives.Content(100_000, true);
        var pipe = new CountingPipeWriter();
        using var writer = new ZipArchiveWriter(pipe, new ZipOptions());

        var stored = await writer.WriteEntryAsync(new ZipEntry { Name = "a", Method = ZipMethod.Stored }, new MemoryStream(content), Token);
        var position = writer.Position;
        var deflated = await writer.WriteEntryAsync(new ZipEntry { Name = "b", Method = ZipMethod.Deflate, Size = 100_000 }, new MemoryStream(content), Token);

        Assert.Equal(new ZipEntryResult(100_000, 100_000, Crc32.HashToUInt32(content)), stored);
        Assert.Equal((stored.Size, stored.Crc32), (deflated.Size, deflated.Crc32));
        Assert.Equal(writer.Position - position, 31 + deflated.CompressedSize + 16);
    }

    [Theory]
    [InlineData("2024-02-29T23:59:59Z", "2024-02-29T23:59:58")]
    [InlineData("2024-06-01T01:00:00+02:00", "2024-05-31T23:00:00")]
    [InlineData("1955-01-01T00:00:00Z", "1980-01-01T00:00:00")]
    [InlineData("2200-01-01T00:00:00Z", "1980-01-01T00:00:00")]
    [InlineData(null, "1980-01-01T00:00:00")]
    public async Task Times_are_kept_as_far_as_the_format_goes(string? time, string expected)
    {
        var modified = time is null ? (DateTimeOffset?)null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture);
        var archive = await Archives.WriteAsync(
            new ZipOptions(), [(new ZipEntry { Name = "a", Method = ZipMethod.Stored, Size = 0, Modified = modified }, [])], Token);

        using var zip = new ZipArchive(new MemoryStream(archive));
        Assert.Equal(expected, zip.Entries[0].LastWriteTime.ToString("s", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_password_is_not_in_the_text_of_the_options() =>
        Assert.DoesNotContain("geheim", new ZipOptions { Password = "geheim" }.ToString(), StringComparison.Ordinal);

    public enum CompressionMethod
    {
        Stored = 0,
        Deflate = 8,
    }

    private static CompressionMethod MethodOf(byte[] archive) => (CompressionMethod)BitConverter.ToUInt16(archive, 8);
}
