namespace Egress.Storage.Resilience;

/// <summary>Counts the tries after the first one: for <c>egress_storage_retries_total</c>.</summary>
public sealed class StorageRetries
{
    private long _total;

    /// <summary>Tries after the first since the start, of calls and of objects that broke in the middle.</summary>
    public long Total => Interlocked.Read(ref _total);

    internal void Add() => Interlocked.Increment(ref _total);
}
