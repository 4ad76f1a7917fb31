using System.Collections.Concurrent;
using Egress.Backends;
using Egress.Records.Roles;

namespace Egress.Core.Tests.Downloads.Manifests;

/// <summary>A manifest store in memory that several processes share. It counts its calls, and can fail.</summary>
internal sealed class MemoryManifestStore : IManifestStore
{
    public ConcurrentDictionary<(string Id, int Part), byte[]> Parts { get; } = [];

    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>The exception of all calls; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The exception of all removals; null for none.</summary>
    public Exception? FaultOfRemoval { get; set; }

    /// <summary>The index of the part before which a write stops, as if the process had died; null for none.</summary>
    public int? BreaksBefore { get; set; }

    public async ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken)
    {
        await BeginAsync("read");
        return [.. Enumerable.Range(first, count).Select(part => Parts.GetValueOrDefault((id, part))).TakeWhile(static part => part is not null)!];
    }

    public async ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await BeginAsync("write");
        foreach (var (index, part) in parts.Index())
        {
            if (index == BreaksBefore)
            {
                throw new BackendException(Backend.Database, BackendFault.Unavailable, "killed");
            }

            Parts[(id, index)] = part;
        }
    }

    public async ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken) => await BeginAsync("renew");

    public async ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken)
    {
        await BeginAsync("remove");
        if (FaultOfRemoval is { } fault)
        {
            throw fault;
        }

        Enumerable.Range(0, count).ToList().ForEach(part => Parts.TryRemove((id, part), out _));
    }

    public List<string> TakeCalls()
    {
        var calls = Calls.ToList();
        Calls.Clear();
        return calls;
    }

    private async Task BeginAsync(string call)
    {
        Calls.Enqueue(call);
        await Task.Yield();
        if (Fault is { } fault)
        {
            throw fault;
        }
    }
}
