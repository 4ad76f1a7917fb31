using Egress.Limits;

namespace Egress.Downloads.Checksums;

/// <summary>
/// Caches the CRC-32s of recently used parts of objects that downloads of this process have read. A range that needs the checksum of an object then
/// reads only the parts that no other range has read. Safe for concurrent use.
/// </summary>
/// <param name="budget">The memory budget. At most a few MiB are taken from it.</param>
/// <param name="most">The largest number of parts that are kept.</param>
internal sealed class PieceMemory(BufferBudget budget, int most = PieceMemory.Most)
{
    private const int Most = 16 << 10;

    /// <summary>Estimated memory of an object in addition to its parts, in bytes: its key, and the nodes of the collections.</summary>
    private const int ObjectBytes = 300;

    private const int PieceBytes = 24;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, Pieces Pieces)> _byUse = [];
    private readonly Dictionary<string, LinkedListNode<(string Key, Pieces Pieces)>> _byKey = [];
    private int _count;

    /// <summary>Returns the known parts of an object.</summary>
    public Pieces Find(string key)
    {
        lock (_lock)
        {
            return _byKey.TryGetValue(key, out var node) ? Use(node) : Pieces.None;
        }
    }

    /// <summary>Adds a part of an object. The part is kept only if there is memory for it.</summary>
    /// <returns>The known parts of the object, and whether this part is new.</returns>
    public (Pieces Pieces, bool IsNew) Add(string key, Piece piece)
    {
        lock (_lock)
        {
            var before = _byKey.TryGetValue(key, out var node) ? Use(node) : Pieces.None;
            var pieces = before.With(piece);
            if (pieces != before)
            {
                Forget(node);
                Keep(key, pieces);
            }

            return (pieces, pieces != before);
        }
    }

    private void Keep(string key, Pieces pieces)
    {
        while (_count + pieces.Count > most || !budget.TryTake(BytesOf(pieces)))
        {
            if (_byUse.Last is not { } last)
            {
                return;
            }

            Forget(last);
        }

        _byKey[key] = _byUse.AddFirst((key, pieces));
        _count += pieces.Count;
    }

    private void Forget(LinkedListNode<(string Key, Pieces Pieces)>? node)
    {
        if (node is not null)
        {
            _byUse.Remove(node);
            _byKey.Remove(node.Value.Key);
            _count -= node.Value.Pieces.Count;
            budget.Release(BytesOf(node.Value.Pieces));
        }
    }

    private Pieces Use(LinkedListNode<(string Key, Pieces Pieces)> node)
    {
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Pieces;
    }

    private static long BytesOf(Pieces pieces) => ObjectBytes + (PieceBytes * (long)pieces.Count);
}
