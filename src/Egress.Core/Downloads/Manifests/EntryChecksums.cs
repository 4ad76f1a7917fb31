namespace Egress.Downloads.Manifests;

/// <summary>
/// The CRC-32s of the entries of one archive that requests of this process have read completely, so that further ranges do not have to read them
/// again. They are kept with the manifest, only in memory. Safe for concurrent use.
/// </summary>
/// <param name="count">Number of entries.</param>
internal sealed class EntryChecksums(int count)
{
    private const int BlockLength = 1024;
    private const int BitsPerWord = 64;

    private readonly Block?[] _blocks = new Block?[(count + BlockLength - 1) / BlockLength];

    /// <summary>Returns the memory that the checksums of all entries take, in bytes.</summary>
    public static long SizeInBytes(int count) => (count * (long)sizeof(uint)) + (count / 8) + (count / BlockLength * (long)IntPtr.Size);

    /// <summary>Finds the checksum of an entry.</summary>
    /// <param name="index">Index of the entry, from 0.</param>
    /// <returns>Null if it is not known.</returns>
    public uint? Find(int index)
    {
        var (word, bit) = Math.DivRem(index % BlockLength, BitsPerWord);
        return Volatile.Read(ref _blocks[index / BlockLength]) is { } block && (Volatile.Read(ref block.Known[word]) >> bit & 1) != 0
            ? block.Crcs[index % BlockLength]
            : null;
    }

    /// <summary>Stores the checksum of an entry. A repeated call for an entry always has the same checksum.</summary>
    /// <param name="index">Index of the entry, from 0.</param>
    /// <param name="crc32">The checksum.</param>
    public void Add(int index, uint crc32)
    {
        ref var place = ref _blocks[index / BlockLength];
        var block = Volatile.Read(ref place) ?? Interlocked.CompareExchange(ref place, new Block(), null) ?? Volatile.Read(ref place)!;
        block.Crcs[index % BlockLength] = crc32;

        // The bit is set last, so a thread that reads the bit as set also reads the checksum.
        var (word, bit) = Math.DivRem(index % BlockLength, BitsPerWord);
        Interlocked.Or(ref block.Known[word], 1L << bit);
    }

    private sealed class Block
    {
        public readonly uint[] Crcs = new uint[BlockLength];
        public readonly long[] Known = new long[BlockLength / BitsPerWord];
    }
}
