namespace Egress.Downloads.Checksums;

/// <summary>
/// Remembers the CRC-32s of the parts of objects that the downloads of this process read, those used last: a range that needs the checksum of an object
/// then reads only what no other range has read. Takes a few MiB at most. Safe for concurrent use.
/// </summary>
/// <param name="most">How many parts are remembered.</param>
internal sealed class PieceMemory(int most = PieceMemory.Most)
{
    private const int Most = 16 << 10;

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, Pieces Pieces)> _byUse = [];
    private readonly Dictionary<string, LinkedListNode<(string Key, Pieces Pieces)>> _byKey = [];
    private int _count;

    /// <summary>What is known of an object.</summary>
    public Pieces Find(string key)
    {
        lock (_lock)
        {
            return _byKey.TryGetValue(key, out var node) ? Use(node) : Pieces.None;
        }
    }

    /// <summary>Remembers a part of an object.</summary>
    /// <returns>What is now known of it, and whether that is more than before.</returns>
    public (Pieces Pieces, bool IsNew) Add(string key, Piece piece)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var node))
            {
                node = _byKey[key] = _byUse.AddFirst((key, Pieces.None));
            }

            var before = Use(node);
            var pieces = before.With(piece);
            _count += pieces.Count - before.Count;
            node.Value = (key, pieces);
            while (_count > most && _byUse.Last is { } last)
            {
                _byUse.Remove(last);
                _byKey.Remove(last.Value.Key);
                _count -= last.Value.Pieces.Count;
            }

            return (pieces, pieces != before);
        }
    }

    private Pieces Use(LinkedListNode<(string Key, Pieces Pieces)> node)
    {
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Pieces;
    }
}
