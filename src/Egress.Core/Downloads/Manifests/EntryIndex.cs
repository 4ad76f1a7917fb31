namespace Egress.Downloads.Manifests;

/// <summary>Where the blocks of entries are in the archive, so that a range reads only the blocks that it needs. Immutable.</summary>
/// <param name="entries">Where the first entry of each block begins, and where the last entry ends.</param>
/// <param name="records">The same for their records in the central directory, from its start.</param>
internal sealed class EntryIndex(long[] entries, long[] records)
{
    /// <summary>Number of blocks.</summary>
    public int Blocks => entries.Length - 1;

    /// <summary>Memory of the index, in bytes.</summary>
    public long SizeInBytes => (entries.Length + records.Length) * (long)sizeof(long);

    /// <summary>The last block that begins at or before an offset of the archive; the first one for an archive without blocks.</summary>
    public int BlockOfEntry(long offset) => Find(entries, offset);

    /// <summary>The last block whose records begin at or before an offset of the central directory; the first one for an archive without blocks.</summary>
    public int BlockOfRecord(long offset) => Find(records, offset);

    /// <summary>Where the first entry of a block begins, and its record from the start of the central directory.</summary>
    /// <param name="block">The block; their number for where the last one ends.</param>
    public (long Entry, long Record) StartOf(int block) => (entries[block], records[block]);

    private static int Find(long[] starts, long offset)
    {
        var found = Array.BinarySearch(starts, offset);
        return Math.Clamp(found < 0 ? ~found - 1 : found, 0, Math.Max(0, starts.Length - 2));
    }
}
