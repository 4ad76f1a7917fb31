namespace Egress.Benchmarks.Remote;

/// <summary>A bucket whose objects all have the same size.</summary>
internal sealed class SimulatedBucket
{
    private readonly string[] _sorted;
    private readonly HashSet<string> _keys;

    /// <param name="name">Name of the bucket.</param>
    /// <param name="keys">Keys of the objects that downloads request.</param>
    /// <param name="size">Size of each object, in bytes.</param>
    /// <param name="others">Keys of further objects, which no download requests.</param>
    public SimulatedBucket(string name, IEnumerable<string> keys, long size, IEnumerable<string>? others = null)
    {
        Name = name;
        Size = size;
        Keys = [.. keys];
        _sorted = [.. Keys.Concat(others ?? []).Order(StringComparer.Ordinal)];
        _keys = [.. _sorted];
    }

    public string Name { get; }

    /// <summary>The CRC-32 in base64 that the storage returns for each object; null to return none. It need not match the content.</summary>
    public string? Crc32 { get; init; }

    public long Size { get; }

    /// <summary>The keys that downloads request.</summary>
    public IReadOnlyList<string> Keys { get; }

    public bool Has(string key) => _keys.Contains(key);

    /// <summary>Returns the keys with a prefix after a given key, in order.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="after">The key after which the result begins; null to begin with the first one.</param>
    public IEnumerable<string> KeysAfter(string prefix, string? after)
    {
        var start = after is null || string.CompareOrdinal(after, prefix) < 0 ? prefix : after;
        var index = Array.BinarySearch(_sorted, start, StringComparer.Ordinal);
        index = index < 0 ? ~index : after is null ? index : index + 1;
        return _sorted.Skip(index).TakeWhile(key => key.StartsWith(prefix, StringComparison.Ordinal));
    }
}
