using System.Globalization;
using System.IO.Hashing;
using Egress.Core.Tests.Downloads;
using Egress.Downloads;
using Egress.Exports;
using Egress.Records;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Compares large exports with the download. They exceed the limits of the ZIP format without ZIP64, or have many entries.</summary>
public sealed class LargeExportTests
{
    private const long MiB = 1 << 20;

    private static DownloadRecord With(IReadOnlyList<RecordItem> items) => new() { Id = "id", Bucket = "b", Objects = items };

    private static DownloadFixture Download(ExportFixture fixture) =>
        new(fixture.Storage, new MemoryCrcCache()) { Options = fixture.Downloads, Record = fixture.Record };

    /// <summary>
    /// The size and the offsets need ZIP64. The last part begins in the middle of the descriptor of the large entry.
    /// </summary>
    [Fact]
    public async Task Entries_beyond_four_GiB_are_those_of_the_download()
    {
        const long partSize = 256 * MiB;
        using var fixture = new ExportFixture(("after", new byte[1000]), ("last", [1, 2, 3]));
        fixture.Storage.Sparse["large"] = 17 * partSize;
        fixture.Record = With([new ObjectItem("large"), .. fixture.Record.Objects]);
        var plan = await Download(fixture).PlanAsync();
        var extent = plan.Layout.ExtentOf(plan.Objects.First().Entry, 0, plan.Layout.DirectoryOffset);
        fixture.Storage.Sparse["large"] -= extent.DataEnd + ((extent.End - extent.DataEnd) / 2) - (17 * partSize);

        fixture.Uploads.OnlyHashes = true;
        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Completed, 18), (job.State, job.Parts));
        await AssertSameAsync(fixture, job.Length!.Value);
    }

    /// <summary>The archive has more entries than an archive without ZIP64 can have.</summary>
    [Theory]
    [InlineData(70_000, 100_000)]
    [InlineData(100_000, 1_000_003)]
    public async Task Many_tiny_entries_are_those_of_the_download(int entries, int partSize)
    {
        using var fixture = Tiny(entries);
        var job = await fixture.ExportAsync(fixture.Job(partSize));
        Assert.Equal((ExportState.Completed, entries), (job.State, job.Files));
        Assert.InRange(job.Parts, 9, 1000);
        await AssertSameAsync(fixture, job.Length!.Value);
    }

    /// <summary>
    /// A table of cases: the length of the last part. It begins in the end record, in the ZIP64 locator, in the ZIP64 end record, or in the last
    /// records of the central directory.
    /// </summary>
    [Fact]
    public async Task A_border_may_be_anywhere_in_the_end_of_an_archive()
    {
        using var whole = Tiny(66_000);
        var expected = await Download(whole).WholeAsync();
        foreach (var fromEnd in (int[])[1, 22, 30, 42, 60, 98, 120])
        {
            using var fixture = Tiny(66_000);
            var job = await fixture.ExportAsync(fixture.Job(expected.Length - fromEnd));
            Assert.Equal((ExportState.Completed, 2), (job.State, job.Parts));
            Assert.True(expected.AsSpan().SequenceEqual(fixture.Uploads.Objects[ExportFixture.Key]), $"{fromEnd} bytes from the end");
        }
    }

    /// <summary>Creates an archive with many entries. Most are empty, so that each test reads few objects. The others have one byte.</summary>
    private static ExportFixture Tiny(int entries)
    {
        var fixture = new ExportFixture();
        var items = new List<RecordItem>(entries);
        for (var i = 0; i < entries; i++)
        {
            var key = i.ToString("x", CultureInfo.InvariantCulture);
            fixture.Storage.Objects[key] = i % 100 == 0 ? [(byte)i] : [];
            items.Add(new ObjectItem(key));
        }

        fixture.Record = With(items);
        return fixture;
    }

    private static async Task AssertSameAsync(ExportFixture fixture, long length)
    {
        var parts = fixture.Uploads.Hashes[ExportFixture.Key];
        await using var hashing = new PartHashes([.. parts.Select(static part => part.Length)]);
        var download = Download(fixture);
        var (_, outcome) = await download.DownloadAsync(ArchiveRange.All, hashing);
        Assert.Equal(FailureReason.None, outcome.Reason);
        Assert.Equal(length, parts.Sum(static part => part.Length));
        Assert.Equal(parts.Select(static part => part.Hash), hashing.Finish());
    }

    /// <summary>Hashes the written bytes, separately for pieces of given lengths.</summary>
    private sealed class PartHashes(IReadOnlyList<long> lengths) : WriteOnlyStream
    {
        private readonly List<UInt128> _hashes = [];
        private readonly XxHash128 _hash = new();
        private long _length;

        public List<UInt128> Finish()
        {
            Next();
            Assert.Equal(0, _length);
            return _hashes;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (buffer.Length > 0)
            {
                Next();
                var count = (int)Math.Min(buffer.Length, lengths[_hashes.Count] - _length);
                _hash.Append(buffer.Span[..count]);
                (_length, buffer) = (_length + count, buffer[count..]);
            }

            return default;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Write(ReadOnlySpan<byte> buffer) => throw new NotSupportedException();

        private void Next()
        {
            if (_hashes.Count < lengths.Count && _length == lengths[_hashes.Count])
            {
                _hashes.Add(_hash.GetCurrentHashAsUInt128());
                _hash.Reset();
                _length = 0;
            }
        }
    }
}
