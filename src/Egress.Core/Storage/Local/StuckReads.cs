namespace Egress.Storage.Local;

/// <summary>Counts the system calls that a disk does not answer, for <c>egress_storage_stuck_reads</c>.</summary>
public sealed class StuckReads
{
    private volatile Func<int>? _count;

    /// <summary>The number of calls that have been waiting for a long time.</summary>
    public int Count => _count?.Invoke() ?? 0;

    internal void CountWith(Func<int> count) => _count = count;
}
