using System.Collections;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>
/// The objects of a plan in a few dozen bytes each: a plan lasts as long as its download, and a few slow clients of large archives make hundreds of
/// thousands. Unpacks an object whenever it is asked for, and does not keep it. Safe for concurrent use.
/// </summary>
internal sealed class PackedObjects : IReadOnlyList<PlannedObject>
{
    /// <summary>Objects in a page; in the last one there may be fewer.</summary>
    public const int PageLength = 256;

    private readonly IReadOnlyList<Page> _pages;
    private readonly IReadOnlyList<string> _buckets;
    private readonly PlannedObject? _made;

    /// <param name="pages">The packed objects in their order.</param>
    /// <param name="buckets">The buckets that they are in, by index.</param>
    /// <param name="made">The last object, where Egress made its bytes itself: there is one at most.</param>
    /// <param name="count">How many objects there are, that one included.</param>
    public PackedObjects(IReadOnlyList<Page> pages, IReadOnlyList<string> buckets, PlannedObject? made, int count)
    {
        (_pages, _buckets, _made, Count) = (pages, buckets, made, count);
        Entries = new EntryList(this);
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>The entries that the objects become.</summary>
    public IReadOnlyList<ZipEntry> Entries { get; }

    /// <inheritdoc/>
    public PlannedObject this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            if (_made is not null && index == Count - 1)
            {
                return _made;
            }

            var (bytes, starts) = _pages[index / PageLength];
            return PlannedObjectUnpacker.Unpack(bytes.AsSpan(starts[index % PageLength]), _buckets);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<PlannedObject> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <param name="Bytes">Packed objects, one after the other.</param>
    /// <param name="Starts">Where each of them begins.</param>
    internal readonly record struct Page(byte[] Bytes, int[] Starts);

    private sealed class EntryList(PackedObjects objects) : IReadOnlyList<ZipEntry>
    {
        public int Count => objects.Count;

        public ZipEntry this[int index] => objects[index].Entry;

        public IEnumerator<ZipEntry> GetEnumerator() => objects.Select(static planned => planned.Entry).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
