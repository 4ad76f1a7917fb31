namespace Egress.Storage.Resilience;

/// <summary>Counts retries, for the metric <c>egress_storage_retries_total</c>.</summary>
public sealed class StorageRetries
{
    private long _total;

    /// <summary>The number of retries since the process started: repeated calls, and repeated openings of objects whose connections broke.</summary>
    public long Total => Interlocked.Read(ref _total);

    internal void Add() => Interlocked.Increment(ref _total);
}
