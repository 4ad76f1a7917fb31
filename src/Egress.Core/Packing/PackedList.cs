using System.Collections;

namespace Egress.Packing;

/// <summary>
/// Items in a few dozen bytes each, of which a record or a plan can have hundreds of thousands. Unpacks an item whenever it is asked for, and does not
/// keep it: what is made of it is gone before the garbage collector has to move it. Best read in order. Safe for concurrent use.
/// </summary>
/// <param name="form">How the items are written.</param>
/// <param name="blocks">The packed items in their order.</param>
/// <param name="shared">The texts that they share, by index.</param>
/// <param name="count">How many items there are.</param>
internal sealed class PackedList<T>(IPackedForm<T> form, IReadOnlyList<byte[]> blocks, IReadOnlyList<string> shared, int count) : IReadOnlyList<T>
{
    /// <summary>Items that are read together, because each is written as what differs from the one before; in the last block there may be fewer.</summary>
    public const int BlockLength = 64;

    /// <inheritdoc/>
    public int Count => count;

    /// <summary>How many blocks there are.</summary>
    public int BlockCount => blocks.Count;

    /// <summary>An item. Those before it in its block are read as well.</summary>
    public T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
            var reader = new PackReader(blocks[index / BlockLength], shared);
            for (var before = index % BlockLength; before > 0; before--)
            {
                form.Read(ref reader);
            }

            return form.Read(ref reader);
        }
    }

    /// <summary>The items of a block.</summary>
    public T[] ReadBlock(int block)
    {
        var items = new T[Math.Min(BlockLength, count - (block * BlockLength))];
        var reader = new PackReader(blocks[block], shared);
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = form.Read(ref reader);
        }

        return items;
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => Enumerable.Range(0, BlockCount).SelectMany(ReadBlock).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
