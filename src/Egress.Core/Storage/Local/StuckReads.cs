namespace Egress.Storage.Local;

/// <summary>Counts the system calls to which a disk does not respond, for the metric <c>egress_storage_stuck_reads</c>.</summary>
public sealed class StuckReads
{
    private volatile Func<int>? _count;

    /// <summary>The number of calls that are stuck at present.</summary>
    public int Count => _count?.Invoke() ?? 0;

    internal void CountWith(Func<int> count) => _count = count;
}
