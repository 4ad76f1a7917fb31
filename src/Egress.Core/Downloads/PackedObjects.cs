using System.Collections;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>
/// The objects of a plan in a few dozen bytes each: a plan lasts as long as its download, and a few slow clients of large archives make hundreds of
/// thousands. Unpacks an object whenever it is asked for, and does not keep it. Safe for concurrent use.
/// </summary>
internal sealed class PackedObjects : IReadOnlyList<PlannedObject>
{
    private const int PageLength = 256;

    private readonly List<Page> _pages = [];
    private readonly List<string> _buckets = [];

    /// <summary>The last object, where Egress made its bytes itself: there is one at most.</summary>
    private readonly PlannedObject? _made;

    /// <param name="objects">The objects in their order.</param>
    public PackedObjects(IEnumerable<PlannedObject> objects)
    {
        var buckets = new Dictionary<string, int>(StringComparer.Ordinal);
        using var packer = new PlannedObjectPacker();
        foreach (var planned in objects)
        {
            Count++;
            if (planned.Content is not null)
            {
                _made = planned;
                break;
            }

            packer.Add(planned, BucketIndex(buckets, planned.Location.Bucket));
            if (packer.Count == PageLength)
            {
                _pages.Add(packer.TakePage());
            }
        }

        _pages.Add(packer.TakePage());
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
            return PlannedObjectPacker.Unpack(bytes.AsSpan(starts[index % PageLength]), _buckets);
        }
    }

    /// <inheritdoc/>
    public IEnumerator<PlannedObject> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int BucketIndex(Dictionary<string, int> known, string bucket)
    {
        if (!known.TryGetValue(bucket, out var index))
        {
            index = _buckets.Count;
            known.Add(bucket, index);
            _buckets.Add(bucket);
        }

        return index;
    }

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
