using System.Collections.Concurrent;
using Egress.Records;

namespace Egress.Core.Tests.Downloads;

/// <summary>A cache in memory that counts its calls, and can fail.</summary>
internal sealed class MemoryCrcCache : ICrcCache
{
    public ConcurrentDictionary<string, uint> Crcs { get; } = [];

    public ConcurrentQueue<int> Queries { get; } = [];

    public ConcurrentQueue<int> Inserts { get; } = [];

    public Exception? Fault { get; set; }

    /// <summary>Called at the beginning of a query, on the thread of the caller.</summary>
    public Action BeforeFind { get; set; } = () => { };

    public async ValueTask<IReadOnlyDictionary<string, uint>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        BeforeFind();
        await Task.Yield();
        Queries.Enqueue(keys.Count);
        return Fault is { } fault ? throw fault : Crcs.Where(crc => keys.Contains(crc.Key)).ToDictionary();
    }

    public async ValueTask AddAsync(IReadOnlyDictionary<string, uint> crcs, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Inserts.Enqueue(crcs.Count);
        foreach (var (key, crc) in Fault is { } fault ? throw fault : crcs)
        {
            Crcs.TryAdd(key, crc);
        }
    }
}
