using Egress.Backends;

namespace Egress.Storage;

/// <summary>Reads objects. Safe for concurrent use. Retries, time limits and breakers are decorators. Optional abilities are separate interfaces.</summary>
public interface IObjectStorage
{
    /// <summary>
    /// Whether each call costs a round trip. True: concurrent calls, prefetching and lists instead of single look-ups pay off.
    /// False: opening is cheap, and most reads complete before they return.
    /// </summary>
    bool IsRemote { get; }

    /// <summary>Opens an object at an offset.</summary>
    /// <param name="location">Which object.</param>
    /// <param name="range">Which bytes, and the validator that the object must still have.</param>
    /// <param name="cancellationToken">Ends the opening; what is read afterwards has its own tokens.</param>
    /// <returns>The object, which the caller disposes; null when it does not exist.</returns>
    /// <exception cref="BackendException">
    /// Refused, failed, or <see cref="BackendFault.Changed"/> when <c>IfMatch</c> does not hold or the offset is past the end.
    /// </exception>
    ValueTask<OpenedObject?> OpenAsync(ObjectLocation location, ObjectRange range, CancellationToken cancellationToken);

    /// <summary>Looks up the properties of an object without reading it.</summary>
    /// <returns>Its properties; null when it does not exist.</returns>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectProperties?> LookUpAsync(ObjectLocation location, CancellationToken cancellationToken);

    /// <summary>
    /// Lists every object under a prefix, page by page, in the order of the keys. (Only S3's directory buckets have another order.)
    /// </summary>
    /// <exception cref="BackendException">The storage refused or failed, or has an object there that could not be opened.</exception>
    IAsyncEnumerable<ObjectProperties> ListAsync(ObjectPrefix prefix, CancellationToken cancellationToken);
}
