namespace Egress.Storage.Resilience;

/// <summary>Counts retries: for <c>egress_storage_retries_total</c>.</summary>
public sealed class StorageRetries
{
    private long _total;

    /// <summary>Retries since the start, of calls and of objects whose bodies broke.</summary>
    public long Total => Interlocked.Read(ref _total);

    internal void Add() => Interlocked.Increment(ref _total);
}
