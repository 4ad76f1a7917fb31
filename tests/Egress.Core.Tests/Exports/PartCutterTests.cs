using Egress.Core.Tests.Downloads.Manifests;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Exports.Building;
using Egress.Storage;
using Egress.Zip;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests the positions of the boundaries between parts.</summary>
public sealed class PartCutterTests
{
    private const long MiB = 1 << 20;

    private static readonly UploadLimits S3 = new(5 * MiB, 10_000) { LargestCopy = 5L << 30 };
    private static readonly UploadLimits Azure = new(1, 50_000) { LargestCopy = 100 * MiB };
    private static readonly UploadLimits Disk = new(1, 1_000_000);

    /// <summary>Returns a manifest of objects of these sizes, whose checksums are known.</summary>
    private static ArchiveManifest Manifest(params long[] sizes) => Manifest(1, sizes);

    private static ArchiveManifest Manifest(uint? crc, long[] sizes) => TestManifests.Make(
        new ManifestKey("id", 1), "\"etag\"", DateTimeOffset.UnixEpoch,
        sizes.Select((size, i) => new PlannedObject(
            new ObjectLocation("b", $"{i}"), new ZipEntry { Name = $"{i}", Method = ZipMethod.Stored, Size = size, Crc32 = crc }, size, $"\"{i}\"")),
        new ZipOptions { CompressionLevel = 0 });

    private static List<ExportPart> Cut(ArchiveManifest manifest, long partSize, UploadLimits limits)
    {
        var list = PartCutter.Cut(manifest, partSize, limits)!;
        var parts = Enumerable.Range(1, list.Count).Select(number => list[number]).ToList();
        Assert.Equal(manifest.Layout.Length, parts[^1].Range.To);
        Assert.All(parts.Index(), part => Assert.Equal(
            (part.Index + 1, part.Index == 0 ? 0 : parts[part.Index - 1].Range.To, part.Item.Range.From),
            (part.Item.Place.Number, part.Item.Range.From, part.Item.Place.Offset)));
        return parts;
    }

    private static List<EntryExtent> Extents(ArchiveManifest manifest)
    {
        var (start, record, extents) = (0L, manifest.Layout.DirectoryOffset, new List<EntryExtent>());
        foreach (var planned in manifest.Objects)
        {
            extents.Add(manifest.Layout.ExtentOf(planned.Entry, start, record));
            (start, record) = (extents[^1].End, extents[^1].RecordEnd);
        }

        return extents;
    }

    [Fact]
    public void A_border_moves_back_to_the_end_of_an_entry_that_is_near()
    {
        var manifest = Manifest(7 * MiB, 8 * MiB, 17 * MiB, 3 * MiB, 40 * MiB);
        var extents = Extents(manifest);
        var ends = Cut(manifest, 16 * MiB, Disk).Select(static part => part.Range.To);

        Assert.Equal([extents[1].End, 32 * MiB, 48 * MiB, 64 * MiB, manifest.Layout.Length!.Value], ends);
    }

    [Fact]
    public void A_border_is_not_moved_if_the_part_would_be_too_small_for_the_storage()
    {
        var manifest = Manifest(3 * MiB, 20 * MiB);
        Assert.Equal(5 * MiB, Cut(manifest, 5 * MiB, S3 with { LargestCopy = 0 })[0].Range.To);
        Assert.Equal(6 * MiB, Cut(manifest, 6 * MiB, Disk with { LeastPartSize = 5 * MiB })[0].Range.To);
    }

    [Fact]
    public void The_content_of_a_large_object_is_parts_of_its_own()
    {
        var manifest = Manifest(100, 150 * MiB, 10 * MiB);
        var extents = Extents(manifest);
        var parts = Cut(manifest, 16 * MiB, Azure);

        Assert.Equal(
            [(0, extents[1].DataStart), (1, 0), (1, 0), (1, extents[1].DataEnd), (0, extents[2].DataStart), (2, extents[2].DataEnd), (0, manifest.Layout.Length!.Value)],
            parts.Select(part => (part.Content?.Index ?? 0, part.Content is { Index: 1 } && part.Range.To < extents[1].DataEnd ? 0 : part.Range.To)));
    }

    [Fact]
    public void S3_reads_the_beginning_of_an_object_so_that_no_part_is_too_small()
    {
        var manifest = Manifest(1 * MiB, 100 * MiB, 6 * MiB, 12 * MiB);
        var extents = Extents(manifest);
        var parts = Cut(manifest, 16 * MiB, S3);

        Assert.Equal(
            [(false, 5 * MiB), (true, extents[1].DataEnd - ((100 * MiB - (5 * MiB - extents[1].DataStart)) / 2)), (true, extents[1].DataEnd),
                (false, extents[3].DataStart), (true, extents[3].DataEnd), (false, manifest.Layout.Length!.Value)],
            parts.Select(static part => (part.Content is not null, part.Range.To)));
    }

    [Theory]
    [InlineData(6 * MiB)]
    [InlineData(16 * MiB)]
    public void Without_a_known_checksum_a_part_of_an_object_is_no_larger_than_others_because_it_may_have_to_be_read(long partSize)
    {
        var parts = Cut(Manifest(null, [MiB, 1000 * MiB, 9 * MiB]), partSize, S3);
        Assert.Contains(parts, static part => part.Content is not null);
        Assert.All(parts, part => Assert.InRange(part.Range.To - part.Range.From, 1, PartCutter.MostOfUsualPart(partSize)));
    }

    [Fact]
    public void Objects_are_copied_only_as_far_as_the_storage_accepts_the_parts()
    {
        var sizes = Enumerable.Repeat(16 * MiB, 30).Append(600 * MiB).ToArray();
        var manifest = Manifest(sizes);
        var parts = Cut(manifest, 32 * MiB, Azure with { MostParts = 40 });
        Assert.All(parts, static part => Assert.True(part.Content is null or { Index: 30 }));
        Assert.Contains(parts, static part => part.Content is { Index: 30 });

        var even = Manifest([.. Enumerable.Repeat(33 * MiB, 30)]);
        Assert.Contains(Cut(even, 32 * MiB, Azure), static part => part.Content is not null);
        Assert.All(Cut(even, 32 * MiB, Azure with { MostParts = 31 }), static part => Assert.Null(part.Content));
    }

    [Fact]
    public void Parts_of_any_archive_keep_the_rules_of_each_storage()
    {
        long[] some = [0, 1, 1000, MiB, 5 * MiB, 8 * MiB, 9 * MiB, 13 * MiB, 64 * MiB, 65 * MiB, 129 * MiB, 700 * MiB, 6L << 30];
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var manifest = Manifest([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => some[random.Next(some.Length)])]);
            var extents = Extents(manifest);
            foreach (var limits in (UploadLimits[])[S3, Azure, Disk])
            {
                var partSize = random.NextInt64(5 * MiB, 300 * MiB);
                var parts = Cut(manifest, partSize, limits);
                Assert.InRange(parts.Count, 1, limits.MostParts);
                Assert.All(parts.SkipLast(1), part => Assert.True(part.Range.To - part.Range.From >= limits.LeastPartSize, $"seed {seed}: {part}"));
                Assert.All(parts, part => AssertFits(part, extents, partSize, limits));
                Assert.Equal(PartCutter.Cut(manifest, partSize, limits)!.Digest, PartCutter.Cut(manifest, partSize, limits)!.Digest);
            }
        }
    }

    private static void AssertFits(ExportPart part, List<EntryExtent> extents, long partSize, UploadLimits limits)
    {
        var length = part.Range.To - part.Range.From;
        if (part.Content is not { } content)
        {
            Assert.InRange(length, 1, Math.Max(partSize + (partSize / 4), 2 * limits.LeastPartSize));
            return;
        }

        var extent = extents[content.Index];
        Assert.Equal(extent.DataStart, content.DataStart);
        Assert.InRange(part.Range.From, extent.DataStart, extent.DataEnd);
        Assert.InRange(part.Range.To, extent.DataStart, extent.DataEnd);
        Assert.InRange(length, 1, Math.Min(Math.Max(partSize, Math.Clamp(content.Object.Size / 32, 64 * MiB, 256 * MiB)), limits.LargestCopy));
    }

    [Theory]
    [InlineData(1L << 30, 16)]
    [InlineData(5L << 30, 32)]
    [InlineData(40L << 30, 160)]
    public void A_large_object_is_copied_in_parts_that_are_neither_few_nor_needlessly_many(long size, int parts) =>
        Assert.Equal(parts, Cut(Manifest(size), 6 * MiB, S3).Count(static part => part.Content is not null));

    [Fact]
    public void Other_borders_have_another_digest()
    {
        var manifest = Manifest(100 * MiB);
        Assert.NotEqual(PartCutter.Cut(manifest, 16 * MiB, Disk)!.Digest, PartCutter.Cut(manifest, 17 * MiB, Disk)!.Digest);
        Assert.NotEqual(PartCutter.Cut(manifest, 16 * MiB, Disk)!.Digest, PartCutter.Cut(manifest, 16 * MiB, Azure)!.Digest);
    }
}
