using System.Collections;

namespace Egress.Packing;

/// <summary>
/// A list that stores each item in a few dozen bytes, because a record or a plan can have hundreds of thousands of items. An enumeration unpacks one block at a
/// time, so that unpacked items are short-lived. Safe for concurrent use.
/// </summary>
/// <param name="form">The format of the items.</param>
/// <param name="bytes">The packed items in their order. Other data may precede and follow them.</param>
/// <param name="starts">The offset of each block in the bytes, and the end of the last block.</param>
/// <param name="shared">The texts that items share, by index.</param>
/// <param name="count">The number of items.</param>
internal sealed class PackedList<T>(IPackedForm<T> form, ChunkedBytes bytes, long[] starts, IReadOnlyList<string> shared, int count)
    : IReadOnlyCollection<T>
{
    /// <summary>
    /// The number of items in a block. The items of a block are read together, because each one is written as the difference from the previous one. The last
    /// block may have fewer items.
    /// </summary>
    public const int BlockLength = 32;

    /// <inheritdoc/>
    public int Count => count;

    /// <summary>Memory of the packed items, in bytes.</summary>
    public long SizeInBytes { get; } =
        bytes.Length + ((long)starts.Length * sizeof(long)) + shared.Sum(static text => (long)text.Length * sizeof(char));

    /// <summary>Returns the items of a block and of all later blocks.</summary>
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
