namespace Egress.Storage;

/// <summary>A storage that can look up several objects together at a lower cost than one by one.</summary>
internal interface IBatchLookup
{
    /// <summary>Looks up those objects that can be looked up without a wait. An object that cannot be read does not make the call fail.</summary>
    /// <param name="locations">The objects.</param>
    /// <param name="cancellationToken">Cancels the look-up.</param>
    /// <returns>For each object, in the same order, the result of <see cref="IObjectStorage.LookUpAsync"/>; null if a single look-up is
    /// needed.</returns>
    ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken);
}

/// <summary>Calls batch look-ups on any storage, also on one that does not offer them.</summary>
internal static class BatchLookupExtensions
{
    /// <summary>Calls <see cref="IBatchLookup.LookUpAllAsync"/>. Every result is null if the storage has no batch look-ups.</summary>
    public static ValueTask<IReadOnlyList<ObjectProperties?>> LookUpAllAsync(
        this IObjectStorage storage, IReadOnlyList<ObjectLocation> locations, CancellationToken cancellationToken) =>
        storage is IBatchLookup batch ? batch.LookUpAllAsync(locations, cancellationToken) : new(new ObjectProperties?[locations.Count]);
}
