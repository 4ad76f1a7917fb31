namespace Egress.Storage;

/// <summary>A storage that can look up some objects together for less than single look-ups cost.</summary>
internal interface IBatchLookup
{
    /// <summary>Looks up what can be found at once. Never fails for an object, and never waits for a network.</summary>
    /// <param name="locations">Which objects.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>For each, in their order, what <see cref="IObjectStorage.LookUpAsync"/> would return; null if a single look-up is needed.</returns>
    ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken);
}

/// <summary>Batch look-ups of storages that may not offer them.</summary>
internal static class BatchLookupExtensions
{
    /// <summary>As <see cref="IBatchLookup.LookUpAllAsync"/>; every result is null if the storage has no batch look-ups.</summary>
    public static ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(
        this IObjectStorage storage, IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
        storage is IBatchLookup batch ? batch.LookUpAllAsync(locations, cancellationToken) : new(new ObjectProperties?[locations.Count]);
}
