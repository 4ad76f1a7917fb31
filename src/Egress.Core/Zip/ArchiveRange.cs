namespace Egress.Zip;

/// <summary>A range of an archive.</summary>
/// <param name="From">Offset of the first byte.</param>
/// <param name="To">Offset after the last byte.</param>
internal readonly record struct ArchiveRange(long From, long To)
{
    /// <summary>The whole archive, even if its length is not known.</summary>
    public static ArchiveRange All => new(0, long.MaxValue);

    /// <summary>
    /// Whether the range contains at least one byte of the range from <paramref name="start"/> (inclusive) to <paramref name="end"/> (exclusive).
    /// </summary>
    public bool Overlaps(long start, long end) => Math.Max(start, From) < Math.Min(end, To);
}

/// <summary>The offsets of an entry in its archive, in bytes.</summary>
/// <param name="Start">Offset of the local header.</param>
/// <param name="DataStart">Offset of the data.</param>
/// <param name="DataEnd">Offset after the data.</param>
/// <param name="End">Offset after the data descriptor, which is the start of the next entry.</param>
/// <param name="RecordStart">Offset of the record in the central directory.</param>
/// <param name="RecordEnd">Offset after the record, which is the start of the next record.</param>
internal readonly record struct EntryExtent(long Start, long DataStart, long DataEnd, long End, long RecordStart, long RecordEnd);
