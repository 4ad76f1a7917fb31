using Egress.Downloads.Manifests;
using Egress.Packing;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>The entries at the start of an archive that are skipped without being unpacked.</summary>
/// <param name="Count">Number of entries.</param>
/// <param name="Length">Their total length in the archive, in bytes.</param>
/// <param name="RecordsLength">The total length of their records in the central directory, in bytes.</param>
internal readonly record struct SkippedEntries(int Count, long Length, long RecordsLength)
{
    /// <summary>The index of the first block that is not skipped.</summary>
    public int NextBlock => Count / PackedList<PlannedObject>.BlockLength;
}

/// <summary>
/// The blocks of entries that a range examines: first the blocks with content in the range, and then the blocks of which the range contains only
/// records.
/// </summary>
internal readonly record struct RangeWindow
{
    private const int BlockLength = PackedList<PlannedObject>.BlockLength;

    /// <summary>
    /// Whether every entry is examined, because the range contains the digests of all files: in the file of checksums, or in the CRC of that file.
    /// </summary>
    public bool HasAll { get; private init; }

    /// <summary>Whether entries are needed for their content, and not only for their records.</summary>
    public bool HasContent { get; private init; }

    /// <summary>The entries before the block in which the content of the range begins; none if the range has no content.</summary>
    public SkippedEntries BeforeContent { get; private init; }

    /// <summary>The entries before the block in which the records of the range begin; none if the range has content.</summary>
    public SkippedEntries BeforeRecords { get; private init; }

    /// <summary>
    /// The largest number of following entries of which the range contains only the record. Zero if the range contains content: these entries then
    /// end where its content begins.
    /// </summary>
    public int Records { get; private init; }

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

    /// <summary>Finds the blocks that are needed for a range.</summary>
    public static RangeWindow Of(ArchiveManifest manifest, ArchiveRange range)
    {
        var directory = manifest.Layout.DirectoryOffset;
        if (manifest.Index is not { } index || NeedsDigests(manifest, range))
        {
            return new RangeWindow { HasAll = true, HasContent = true };
        }

        if (range.From < directory)
        {
            return new RangeWindow { HasContent = true, BeforeContent = Before(index, index.BlockOfEntry(range.From)) };
        }

        var (first, end) = (index.BlockOfRecord(range.From - directory), index.BlockOfRecord(range.To - directory) + 1);
        var left = manifest.EntryCount - (first * BlockLength);

        // Entries that Egress itself creates follow the last block.
        return new RangeWindow { BeforeRecords = Before(index, first), Records = end >= index.Blocks ? left : (end - first) * BlockLength };
    }

    private static SkippedEntries Before(EntryIndex index, int block)
    {
        var (start, record) = index.StartOf(block);
        return new SkippedEntries(block * BlockLength, start, record);
    }
}
