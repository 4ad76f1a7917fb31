using Egress.Downloads.Manifests;
using Egress.Packing;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Consecutive entries whose content and record are both outside of the range. They are not unpacked.</summary>
/// <param name="Count">Number of entries.</param>
/// <param name="Length">Their length in the archive.</param>
/// <param name="RecordsLength">The length of their records in the central directory.</param>
internal readonly record struct SkippedEntries(int Count, long Length, long RecordsLength);

/// <summary>The blocks of entries that a range examines.</summary>
/// <param name="Before">The entries that are skipped before them.</param>
/// <param name="Entries">The largest number of entries that are examined.</param>
/// <param name="After">The entries that are skipped after them, so that records of a range within the central directory have the right
/// offset.</param>
internal readonly record struct RangeWindow(SkippedEntries Before, int Entries, SkippedEntries After)
{
    private const int BlockLength = PackedList<PlannedObject>.BlockLength;

    /// <summary>The first block.</summary>
    public int FirstBlock => Before.Count / BlockLength;

    /// <summary>Whether a range needs the digests of all files, because it contains the file of checksums or its CRC.</summary>
    public static bool NeedsDigests(ArchiveManifest manifest, ArchiveRange range)
    {
        if (manifest.ChecksumFile is null || range == ArchiveRange.All)
        {
            return manifest.ChecksumFile is not null;
        }

        var extent = manifest.ChecksumFileExtent;
        return range.Overlaps(extent.Start, extent.End) || range.Overlaps(extent.RecordStart, extent.RecordEnd);
    }

    /// <summary>Finds the blocks of a range.</summary>
    public static RangeWindow Of(ArchiveManifest manifest, ArchiveRange range)
    {
        var directory = manifest.Layout.DirectoryOffset;
        if (manifest.Index is not { } index || (range.From < directory && range.To > directory) || NeedsDigests(manifest, range))
        {
            // The range contains both content and records, including the record of the first entry, or it needs the digests of all files.
            return new RangeWindow(default, manifest.EntryCount, default);
        }

        if (range.To <= directory)
        {
            // Entries after the content of the range are neither examined nor written.
            return Between(manifest, index, index.BlockOfEntry(range.From), index.Blocks) with { After = default };
        }

        return Between(manifest, index, index.BlockOfRecord(range.From - directory), index.BlockOfRecord(range.To - directory) + 1);
    }

    private static RangeWindow Between(ArchiveManifest manifest, EntryIndex index, int first, int end)
    {
        var (start, record) = index.StartOf(first);
        var before = new SkippedEntries(first * BlockLength, start, record);
        var left = manifest.EntryCount - before.Count;
        if (end >= index.Blocks)
        {
            return new RangeWindow(before, left, default);
        }

        var entries = (end - first) * BlockLength;
        var (rest, restOfRecords) = index.StartOf(end);
        var after = new SkippedEntries(left - entries, manifest.Layout.DirectoryOffset - rest, manifest.Layout.DirectoryLength - restOfRecords);
        return new RangeWindow(before, entries, after);
    }
}
