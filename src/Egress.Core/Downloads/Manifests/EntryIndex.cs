namespace Egress.Downloads.Manifests;

/// <summary>Where the blocks of entries are in the archive. Ranges do not use it yet: they walk the entries from the first one. Immutable.</summary>
/// <param name="entries">Where the first entry of each block begins, and where the last entry ends.</param>
/// <param name="records">The same for their records in the central directory, from its start.</param>
internal sealed class EntryIndex(long[] entries, long[] records)
{
    /// <summary>Memory of the index, in bytes.</summary>
    public long SizeInBytes => (entries.Length + records.Length) * (long)sizeof(long);

    /// <summary>Length of all records of the central directory.</summary>
    public long RecordsLength => records[^1];

    /// <summary>The last block that begins at or before an offset of the archive.</summary>
    /// <returns>The block, and where its first entry begins.</returns>
    public (int Block, long Start) BlockOfEntry(long offset) => Find(entries, offset);

    /// <summary>The last block whose records begin at or before an offset of the central directory.</summary>
    /// <returns>The block, and where its first record begins.</returns>
    public (int Block, long Start) BlockOfRecord(long offset) => Find(records, offset);

    /// <summary>Where the first entry of a block begins.</summary>
    public long EntriesOf(int block) => entries[block];

    private static (int Block, long Start) Find(long[] starts, long offset)
    {
        var found = Array.BinarySearch(starts, offset);
        var block = Math.Clamp(found < 0 ? ~found - 1 : found, 0, Math.Max(0, starts.Length - 2));
        return (block, starts[block]);
    }
}
