namespace Egress.Downloads.Manifests;

/// <summary>The offsets of blocks of entries in the archive, so that a range reads only the blocks that it needs. Immutable.</summary>
/// <param name="entries">The offset of the first entry of each block, and the end of the last entry.</param>
/// <param name="records">The same for the central directory records of the entries, relative to the start of the central directory.</param>
internal sealed class EntryIndex(long[] entries, long[] records)
{
    /// <summary>Number of blocks.</summary>
    public int Blocks => entries.Length - 1;

    /// <summary>Memory of the index, in bytes.</summary>
    public long SizeInBytes => (entries.Length + records.Length) * (long)sizeof(long);

    /// <summary>Returns the last block whose first entry begins at or before an offset in the archive; the first block if there is none.</summary>
    public int BlockOfEntry(long offset) => Find(entries, offset);

    /// <summary>Returns the last block whose first record begins at or before an offset in the central directory; the first block if there is none.</summary>
    public int BlockOfRecord(long offset) => Find(records, offset);

    /// <summary>Returns the offset of the first entry of a block, and of its record relative to the start of the central directory.</summary>
    /// <param name="block">The block, from 0. The number of blocks gives the end of the last block.</param>
    public (long Entry, long Record) StartOf(int block) => (entries[block], records[block]);

    private static int Find(long[] starts, long offset)
    {
        var found = Array.BinarySearch(starts, offset);
        return Math.Clamp(found < 0 ? ~found - 1 : found, 0, Math.Max(0, starts.Length - 2));
    }
}
