namespace Egress.Benchmarks.Remote;

/// <summary>A bucket of objects that are all of one size.</summary>
internal sealed class SimulatedBucket
{
    private readonly string[] _sorted;
    private readonly HashSet<string> _keys;

    /// <param name="name">Its name.</param>
    /// <param name="keys">Keys of the objects that downloads request.</param>
    /// <param name="size">Size of each object, in bytes.</param>
    /// <param name="others">Keys of objects that no download requests.</param>
    public SimulatedBucket(string name, IEnumerable<string> keys, long size, IEnumerable<string>? others = null)
    {
        Name = name;
        Size = size;
        Keys = [.. keys];
        _sorted = [.. Keys.Concat(others ?? []).Order(StringComparer.Ordinal)];
        _keys = [.. _sorted];
    }

    public string Name { get; }

    /// <summary>The CRC-32 that the store returns for each object, in base64; null to return none. It is not compared with the content.</summary>
    public string? Crc32 { get; init; }

    public long Size { get; }

    /// <summary>The keys that downloads request.</summary>
    public IReadOnlyList<string> Keys { get; }

    public bool Has(string key) => _keys.Contains(key);

    /// <summary>Returns the keys under a prefix after a given key, in order.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="after">The key before the first returned one; null to begin at the start.</param>
    public IEnumerable<string> KeysAfter(string prefix, string? after)
    {
        var start = after is null || string.CompareOrdinal(after, prefix) < 0 ? prefix : after;
        var index = Array.BinarySearch(_sorted, start, StringComparer.Ordinal);
        index = index < 0 ? ~index : after is null ? index : index + 1;
        return _sorted.Skip(index).TakeWhile(key => key.StartsWith(prefix, StringComparison.Ordinal));
    }
}
