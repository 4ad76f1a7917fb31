using System.IO.Hashing;
using Egress.TestKit;
using Egress.TestKit.Zip;
using Egress.Zip;
using Egress.Zip.Format;
using Xunit;

namespace Egress.Core.Tests.Zip;

/// <summary>Tests with the real limits of the format. Other tests lower these limits.</summary>
public sealed class LargeArchiveTests
{
    private const long FourGiB = 1L << 32;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Readers() => [.. ZipReaders.All.Select(reader => reader.Name)];

    /// <summary>The readers for large archives. The fast ones always run, the others on demand (<c>-explicit on</c>).</summary>
    public static IEnumerable<ITheoryDataRow> ReadersOfLargeArchives() =>
        from reader in ZipReaders.All
        where reader != ZipReaders.JavaStream
        let fast = reader == ZipReaders.SevenZip || reader == ZipReaders.JavaFile || reader == ZipReaders.ZipArchive
        select new TheoryDataRow<string>(reader.Name) { Explicit = !fast };

    /// <summary>Single entries of sizes around the limit of 32-bit fields, and many small entries whose sum exceeds it.</summary>
    public static IEnumerable<ITheoryDataRow> SizesForReaders() =>
        from reader in ZipReaders.All
        from sizes in new long[][] { [0xFFFFFFFE], [0xFFFFFFFF], [FourGiB], [3L << 29, 3L << 29, 3L << 29] }
        select new TheoryDataRow<string, long[]>(reader.Name, sizes) { Explicit = reader != ZipReaders.SevenZip || sizes[0] != 0xFFFFFFFF };

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Seventy_thousand_entries_are_read(string readerName)
    {
        await using var folder = new TempFolder();
        var entries = Enumerable.Range(0, 70_000).Select(i => (new ZipEntry { Name = $"{i}", Method = ZipMethod.Stored, Size = 1 }, new byte[1])).ToList();
        var archive = await Archives.WriteAsync(new ZipOptions(), entries, Token);

        Assert.Equal(archive.Length, ArchiveLayout.Create([.. entries.Select(entry => entry.Item1)], new ZipOptions()).Length);
        await ZipReaders.All.Single(reader => reader.Name == readerName).TestAsync(await folder.WriteAsync("a.zip", archive), null, Token);
    }

    [Theory]
    [InlineData(0xFFFFFFFEL)]
    [InlineData(0xFFFFFFFFL)]
    [InlineData(FourGiB)]
    public async Task The_length_is_exact_around_four_gib(long size)
    {
        var pipe = new CountingPipeWriter();
        using var writer = new ZipArchiveWriter(pipe, new ZipOptions());
        ZipEntry[] entries = [Zeros("large", size), Zeros("small", 3)];
        foreach (var entry in entries)
        {
            await writer.WriteEntryAsync(entry, new ZeroStream(entry.Size!.Value), Token);
        }

        await writer.CompleteAsync(Token);

        Assert.Equal(ArchiveLayout.Create(entries, new ZipOptions()).Length, pipe.Bytes);
    }

    /// <summary>Five GiB of zeros from a sparse file, and an entry after it. Sizes and offsets exceed 32 bits.</summary>
    [Theory]
    [MemberData(nameof(ReadersOfLargeArchives))]
    public async Task An_entry_beyond_four_gib_is_read(string readerName)
    {
        await using var folder = new TempFolder();
        var path = folder["large.zip"];
        ZipEntry[] entries = [Zeros("large", FourGiB + (1 << 30)), Zeros("behind", 10)];
        await using (var file = new HoleyFile(path))
        {
            await Archives.WriteAsync(file, new ZipOptions(), entries.Select(entry => (entry, (Stream)new ZeroStream(entry.Size!.Value))), Token);
        }

        Assert.Equal(ArchiveLayout.Create(entries, new ZipOptions()).Length, new FileInfo(path).Length);
        await ZipReaders.All.Single(reader => reader.Name == readerName).TestAsync(path, null, Token);
    }

    /// <summary>The checksums are known, so that the entries have no data descriptors and streaming readers can read the whole archive.</summary>
    /// <remarks>For an entry of exactly 0xFFFFFFFF bytes, Info-ZIP interprets the size as a reference to a ZIP64 field, which does not exist.</remarks>
    [Theory]
    [MemberData(nameof(SizesForReaders))]
    public async Task Entries_around_four_gib_are_read(string readerName, long[] sizes)
    {
        await using var folder = new TempFolder();
        var path = folder["large.zip"];
        var behind = readerName == ZipReaders.Unzip.Name && sizes is [0xFFFFFFFF] ? Array.Empty<long>() : [10];
        ZipEntry[] entries = [.. sizes.Prepend(10).Concat(behind).Select((size, i) => Zeros($"{i}", size, CrcOfZeros(size)))];
        await using (var file = new HoleyFile(path))
        {
            await Archives.WriteAsync(file, new ZipOptions(), entries.Select(entry => (entry, (Stream)new ZeroStream(entry.Size!.Value))), Token);
        }

        Assert.Equal(ArchiveLayout.Create(entries, new ZipOptions()).Length, new FileInfo(path).Length);
        await ZipReaders.All.Single(reader => reader.Name == readerName).TestAsync(path, null, Token);
    }

    /// <summary>The checksums are not known, so that the data descriptor has 64-bit sizes.</summary>
    [Theory]
    [MemberData(nameof(ReadersOfLargeArchives))]
    public async Task A_compressed_entry_beyond_four_gib_is_read(string readerName)
    {
        await using var folder = new TempFolder();
        var path = folder["large.zip"];
        var entry = new ZipEntry { Name = "large", Method = ZipMethod.Deflate, Size = FourGiB + (1 << 20) };
        await using (var file = File.Create(path))
        {
            await Archives.WriteAsync(file, new ZipOptions { CompressionLevel = 1 }, [(entry, new ZeroStream(entry.Size.Value))], Token);
        }

        await ZipReaders.All.Single(reader => reader.Name == readerName).TestAsync(path, null, Token);
    }

    private static ZipEntry Zeros(string name, long size, uint? crc = null) =>
        new() { Name = name, Method = ZipMethod.Stored, Size = size, Crc32 = crc };

    private static uint CrcOfZeros(long size)
    {
        var crc = new Crc32();
        var zeros = new byte[1 << 20];
        for (; size > 0; size -= zeros.Length)
        {
            crc.Append(zeros.AsSpan(0, (int)Math.Min(size, zeros.Length)));
        }

        return crc.GetCurrentHashAsUInt32();
    }

    /// <summary>A stream of zeros.</summary>
    private sealed class ZeroStream(long length) : Stream
    {
        private long _rest = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = (int)Math.Min(buffer.Length, _rest);
            buffer.Span[..read].Clear();
            _rest -= read;
            return ValueTask.FromResult(read);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>A file that is written sparsely: zeros use no disk space.</summary>
    private sealed class HoleyFile(string path) : FileStream(path, FileMode.CreateNew)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.Span.ContainsAnyExcept((byte)0))
            {
                return base.WriteAsync(buffer, cancellationToken);
            }

            Seek(buffer.Length, SeekOrigin.Current);
            return default;
        }
    }
}
