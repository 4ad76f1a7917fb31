using System.Collections.Concurrent;
using Egress.Records.Roles;

namespace Egress.Core.Tests.Downloads;

/// <summary>A cache of checksums in memory that counts its calls, and can fail.</summary>
internal abstract class MemoryChecksumCache<T> : IChecksumCache<T>
    where T : struct
{
    public ConcurrentQueue<int> Queries { get; } = [];

    public ConcurrentQueue<int> Inserts { get; } = [];

    public Exception? Fault { get; set; }

    /// <summary>Called at the start of a query, on the caller's thread.</summary>
    public Action BeforeFind { get; set; } = () => { };

    /// <summary>The task that each query awaits.</summary>
    public Task Waits { get; set; } = Task.CompletedTask;

    protected ConcurrentDictionary<string, T> Known { get; } = [];

    public async ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        BeforeFind();
        await Task.Yield();
        Queries.Enqueue(keys.Count);
        await Waits;
        return Fault is { } fault ? throw fault : Known.Where(known => keys.Contains(known.Key)).ToDictionary();
    }

    public async ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Inserts.Enqueue(checksums.Count);
        foreach (var (key, checksum) in Fault is { } fault ? throw fault : checksums)
        {
            Known.TryAdd(key, checksum);
        }
    }
}

/// <summary>A cache of CRC-32 checksums, with a cache of SHA-256 digests.</summary>
internal sealed class MemoryCrcCache : MemoryChecksumCache<uint>
{
    public ConcurrentDictionary<string, uint> Crcs => Known;

    public MemoryDigestCache Digests { get; } = new();
}

/// <summary>A cache of SHA-256 digests.</summary>
internal sealed class MemoryDigestCache : MemoryChecksumCache<Sha256Digest>
{
    public ConcurrentDictionary<string, Sha256Digest> Digests => Known;
}
