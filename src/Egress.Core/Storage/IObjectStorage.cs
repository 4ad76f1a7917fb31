using Egress.Backends;

namespace Egress.Storage;

/// <summary>
/// A storage from which objects are read. Safe for concurrent use. Retries, time limits and breakers are added by decorators. Optional abilities are separate
/// interfaces.
/// </summary>
public interface IObjectStorage
{
    /// <summary>
    /// Whether each call costs a round trip. If true, callers prefetch, make concurrent calls, and list objects instead of looking up each one. If
    /// false, opening is cheap, and most reads complete synchronously.
    /// </summary>
    bool IsRemote { get; }

    /// <summary>Opens an object at an offset.</summary>
    /// <param name="location">The object.</param>
    /// <param name="range">The range of bytes to read, and the validator that the object must still have.</param>
    /// <param name="cancellationToken">Cancels the opening. Later reads have their own tokens.</param>
    /// <returns>The object, which the caller disposes; null if it does not exist.</returns>
    /// <exception cref="BackendException">
    /// The storage refused or failed. <see cref="BackendFault.Changed"/> if <c>IfMatch</c> does not match or the offset is after the end.
    /// </exception>
    ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken);

    /// <summary>Looks up the properties of an object without reading it.</summary>
    /// <returns>The properties; null if the object does not exist.</returns>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken);

    /// <summary>Lists all objects whose keys begin with a prefix, in the order of the keys. (Only S3's directory buckets have another order.)</summary>
    /// <exception cref="BackendException">The storage refused or failed, or the prefix has an object that cannot be opened by its key.</exception>
    IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken);
}
