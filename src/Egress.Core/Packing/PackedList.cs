using System.Collections;

namespace Egress.Packing;

/// <summary>
/// Items in a few dozen bytes each: a record or a plan can have hundreds of thousands. Enumerating it unpacks a block at a time, so that most
/// items die before the garbage collector has to move them. Safe for concurrent use.
/// </summary>
/// <param name="form">How the items are written.</param>
/// <param name="bytes">The packed items in their order, and perhaps something else before and after them.</param>
/// <param name="starts">Where each block begins in the bytes, and where the last one ends.</param>
/// <param name="shared">The texts that they share, by index.</param>
/// <param name="count">How many items there are.</param>
internal sealed class PackedList<T>(IPackedForm<T> form, ChunkedBytes bytes, long[] starts, IReadOnlyList<string> shared, int count)
    : IReadOnlyCollection<T>
{
    /// <summary>Items that are read together, because each is written as what differs from the one before. The last block may have fewer.</summary>
    public const int BlockLength = 32;

    /// <inheritdoc/>
    public int Count => count;

    /// <summary>Memory of the packed items, in bytes.</summary>
    public long SizeInBytes { get; } =
        bytes.Length + ((long)starts.Length * sizeof(long)) + shared.Sum(static text => (long)text.Length * sizeof(char));

    /// <summary>The items from a block on.</summary>
    /// <param name="first">The block, from 0.</param>
    public IEnumerable<T> FromBlock(int first) => Enumerable.Range(first, starts.Length - 1 - first).SelectMany(ReadBlock);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => FromBlock(0).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T[] ReadBlock(int block)
    {
        var items = new T[Math.Min(BlockLength, count - (block * BlockLength))];
        var reader = new PackReader(bytes.Slice(starts[block], (int)(starts[block + 1] - starts[block])), shared);
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = form.Read(ref reader);
        }

        return items;
    }
}
