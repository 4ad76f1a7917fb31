namespace Egress.Storage;

/// <summary>A storage that can look up several objects together at a lower cost than one by one.</summary>
internal interface IBatchLookup
{
    /// <summary>Looks up the objects that need no wait. Never fails because of an object, and never waits for a network.</summary>
    /// <param name="locations">The objects.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    /// <returns>For each object, in the same order, the result of <see cref="IObjectStorage.LookUpAsync"/>; null if a single look-up is
    /// needed.</returns>
    ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken);
}

/// <summary>Batch look-ups of storages that may not offer them.</summary>
internal static class BatchLookupExtensions
{
    /// <summary>Calls <see cref="IBatchLookup.LookUpAllAsync"/>. Every result is null if the storage has no batch look-ups.</summary>
    public static ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(
        this IObjectStorage storage, IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
        storage is IBatchLookup batch ? batch.LookUpAllAsync(locations, cancellationToken) : new(new ObjectProperties?[locations.Count]);
}
