using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Opens what can be opened without waiting for the disk. An optional ability of a storage whose calls block.</summary>
internal interface ICachedStorage
{
    /// <summary>Opens an object as <see cref="IObjectStorage.OpenAsync"/> does.</summary>
    /// <returns>Null where <see cref="IObjectStorage.OpenAsync"/>, which may block, is needed.</returns>
    /// <exception cref="BackendException">As for <see cref="IObjectStorage.OpenAsync"/>.</exception>
    OpenedObject? TryOpen(ObjectLocation location, ObjectRange range);
}

/// <summary>Reads what the system has in memory. An optional ability of a content whose reads block.</summary>
internal interface ICachedContent
{
    /// <summary>Reads without waiting for the disk.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="count">Number of bytes; 0 at the end.</param>
    /// <returns>False where an ordinary read, which may block, is needed.</returns>
    /// <exception cref="BackendException">As for an ordinary read.</exception>
    bool TryRead(Memory<byte> buffer, out int count);
}
