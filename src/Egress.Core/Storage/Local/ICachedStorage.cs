using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Opens objects that can be opened without waiting for the disk. An optional ability of a storage whose calls block.</summary>
internal interface ICachedStorage
{
    /// <summary>Opens an object like <see cref="IObjectStorage.OpenAsync"/>.</summary>
    /// <returns>The object; null if <see cref="IObjectStorage.OpenAsync"/> is needed, which may block.</returns>
    /// <exception cref="BackendException">As for <see cref="IObjectStorage.OpenAsync"/>.</exception>
    OpenedObject? TryOpen(ObjectLocation location, ObjectRange range);
}

/// <summary>Reads bytes that are in the page cache of the system. An optional ability of a stream whose reads block.</summary>
internal interface ICachedContent
{
    /// <summary>Reads without waiting for the disk.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="count">Number of bytes; 0 at the end.</param>
    /// <returns>False if an ordinary read is needed, which may block.</returns>
    /// <exception cref="BackendException">As for an ordinary read.</exception>
    bool TryRead(Memory<byte> buffer, out int count);
}
