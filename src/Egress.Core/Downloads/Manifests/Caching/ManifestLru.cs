using Egress.Limits;

namespace Egress.Downloads.Manifests.Caching;

/// <summary>
/// A least-recently-used cache of manifests with a limit in bytes. Manifests expire some time after their last use. Not safe for concurrent use.
/// </summary>
/// <param name="options">The limits of memory and time.</param>
/// <param name="budget">The memory budget of the process.</param>
/// <param name="time">The clock.</param>
internal sealed class ManifestLru(ManifestOptions options, BufferBudget budget, TimeProvider time)
{
    private readonly LinkedList<Entry> _byUse = [];
    private readonly Dictionary<(ManifestKey Key, string? ETag), LinkedListNode<Entry>> _byETag = [];
    private readonly Dictionary<ManifestKey, LinkedListNode<Entry>> _newest = [];
    private long _bytes;

    /// <summary>Adds a manifest of a record.</summary>
    public void Add(ArchiveManifest manifest)
    {
        Remove(manifest);
        var now = time.GetUtcNow();
        var entry = new Entry(manifest, manifest.SizeInBytes) { UsedAt = now, RenewedAt = now };
        if (!MakeRoom(entry.Bytes))
        {
            return;
        }

        var node = _byUse.AddFirst(entry);
        _byETag[(manifest.Key, manifest.ETag)] = node;
        if (!_newest.TryGetValue(manifest.Key, out var other) || other.Value.Manifest.PlannedAt <= manifest.PlannedAt)
        {
            _newest[manifest.Key] = node;
        }

        _bytes += entry.Bytes;
    }

    /// <summary>Finds the manifest with a validator, and renews its lifetime.</summary>
    /// <returns>Null if there is none.</returns>
    public ArchiveManifest? ByETag(ManifestKey key, string etag) => Use(_byETag.GetValueOrDefault((key, etag)));

    /// <summary>Finds the newest manifest of a record, unless it is too old, and renews its lifetime.</summary>
    /// <returns>Null if there is none.</returns>
    public ArchiveManifest? Recent(ManifestKey key) =>
        _newest.TryGetValue(key, out var node) && time.GetUtcNow() - node.Value.Manifest.PlannedAt < options.Reuse ? Use(node) : null;

    /// <summary>Whether a manifest must be renewed in the store. Returns true once in each interval.</summary>
    /// <param name="manifest">A manifest that was found.</param>
    /// <param name="interval">The time between renewals.</param>
    public bool IsRenewalDue(ArchiveManifest manifest, TimeSpan interval)
    {
        var now = time.GetUtcNow();
        if (!_byETag.TryGetValue((manifest.Key, manifest.ETag), out var node) || now - node.Value.RenewedAt < interval)
        {
            return false;
        }

        node.Value.RenewedAt = now;
        return true;
    }

    /// <summary>Removes the manifest with the same key and <c>ETag</c>, if there is one.</summary>
    public void Remove(ArchiveManifest manifest)
    {
        if (!_byETag.Remove((manifest.Key, manifest.ETag), out var node))
        {
            return;
        }

        _byUse.Remove(node);
        _bytes -= node.Value.Bytes;
        budget.Release(node.Value.Bytes);
        if (_newest.GetValueOrDefault(manifest.Key) == node)
        {
            _newest.Remove(manifest.Key);
        }
    }

    /// <summary>Takes memory from the budget. Removes expired and least recently used manifests to make room.</summary>
    /// <returns>False if there is not enough memory.</returns>
    private bool MakeRoom(long bytes)
    {
        if (bytes > options.Memory)
        {
            return false;
        }

        while (_byUse.Last is { } last && (_bytes + bytes > options.Memory || IsExpired(last.Value)))
        {
            Remove(last.Value.Manifest);
        }

        while (!budget.TryTake(bytes))
        {
            if (_byUse.Last is not { } last)
            {
                return false;
            }

            Remove(last.Value.Manifest);
        }

        return true;
    }

    private ArchiveManifest? Use(LinkedListNode<Entry>? node)
    {
        if (node is null)
        {
            return null;
        }

        if (IsExpired(node.Value))
        {
            Remove(node.Value.Manifest);
            return null;
        }

        node.Value.UsedAt = time.GetUtcNow();
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value.Manifest;
    }

    private bool IsExpired(Entry entry) => time.GetUtcNow() - entry.UsedAt > options.Lifetime;

    private sealed record Entry(ArchiveManifest Manifest, long Bytes)
    {
        public DateTimeOffset UsedAt { get; set; }

        public DateTimeOffset RenewedAt { get; set; }
    }
}
