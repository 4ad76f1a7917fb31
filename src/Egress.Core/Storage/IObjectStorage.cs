using Egress.Backends;

namespace Egress.Storage;

/// <summary>Reads objects. Safe for concurrent use. Retries, time limits and breakers are the decorators'.</summary>
public interface IObjectStorage
{
    /// <summary>
    /// Whether each call costs a round trip. True: many calls at once, look-ahead and lists instead of single look-ups pay off.
    /// False: opening is cheap, and reads complete before they return.
    /// </summary>
    bool IsRemote => true;

    /// <summary>Opens an object at an offset.</summary>
    /// <param name="location">Which object.</param>
    /// <param name="range">Which bytes, and the validator that the object must still have.</param>
    /// <param name="cancellationToken">Ends the opening; what is read afterwards has tokens of its own.</param>
    /// <returns>The object, which the caller disposes; null when it does not exist.</returns>
    /// <exception cref="BackendException">
    /// Refused, failed, or <see cref="BackendFault.Changed"/> when <c>IfMatch</c> does not hold or the offset lies behind the end.
    /// </exception>
    ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken);

    /// <summary>Looks up what is known of an object without reading it.</summary>
    /// <returns>Its properties; null when it does not exist.</returns>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken);

    /// <summary>Looks up what can be told at once and for less than single look-ups cost. Never fails, and never waits for a network.</summary>
    /// <param name="locations">Which objects.</param>
    /// <returns>For each, in their order, what <see cref="LookUpAsync"/> would return; null where only that can tell.</returns>
    IReadOnlyList<ObjectProperties?> TryLookUpAll(IReadOnlyList<ObjectLocation> locations) => new ObjectProperties?[locations.Count];

    /// <summary>
    /// Lists every object under a prefix, fetching page by page, in the order of the keys. (S3's directory buckets alone have an order of
    /// their own.)
    /// </summary>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken);
}
