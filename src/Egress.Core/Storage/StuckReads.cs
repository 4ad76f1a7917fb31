namespace Egress.Storage;

/// <summary>Counts the calls of the operating system that a disk does not answer: for <c>egress_storage_stuck_reads</c>.</summary>
public sealed class StuckReads
{
    private volatile Func<int>? _count;

    /// <summary>Calls that have been waiting for long.</summary>
    public int Count => _count?.Invoke() ?? 0;

    internal void CountWith(Func<int> count) => _count = count;
}
