using System.Collections;

namespace Egress.Packing;

/// <summary>
/// Items in a few dozen bytes each: a record or a plan can have hundreds of thousands. Enumerating it unpacks a block at a time, so that most
/// items die before the garbage collector has to move them. Safe for concurrent use.
/// </summary>
/// <param name="form">How the items are written.</param>
/// <param name="blocks">The packed items in their order.</param>
/// <param name="shared">The texts that they share, by index.</param>
/// <param name="count">How many items there are.</param>
internal sealed class PackedList<T>(IPackedForm<T> form, IReadOnlyList<byte[]> blocks, IReadOnlyList<string> shared, int count)
    : IReadOnlyCollection<T>
{
    /// <summary>Items that are read together, because each is written as what differs from the one before. The last block may have fewer.</summary>
    public const int BlockLength = 32;

    /// <inheritdoc/>
    public int Count => count;

    /// <summary>Memory of the packed items, in bytes.</summary>
    public long SizeInBytes { get; } = blocks.Sum(static block => (long)block.Length) + shared.Sum(static text => (long)text.Length * sizeof(char));

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => Enumerable.Range(0, blocks.Count).SelectMany(ReadBlock).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T[] ReadBlock(int block)
    {
        var items = new T[Math.Min(BlockLength, count - (block * BlockLength))];
        var reader = new PackReader(blocks[block], shared);
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = form.Read(ref reader);
        }

        return items;
    }
}
