using Egress.Backends;

namespace Egress.Storage;

/// <summary>The properties of an object.</summary>
/// <param name="Location">The location of the object.</param>
/// <param name="Size">Its size in bytes. May be 0 if <see cref="Unavailable"/> is set, because not every storage returns the size of such an object.</param>
public sealed record ObjectProperties(ObjectLocation Location, long Size)
{
    /// <summary>Opaque validator of this content, for <see cref="ObjectRange.IfMatch"/>; null if the storage returned none.</summary>
    public string? ETag { get; init; }

    /// <summary>Time of the last change, UTC; null if the storage returned none.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Media type; null if the storage returned none.</summary>
    public string? ContentType { get; init; }

    /// <summary>CRC-32 (IEEE) of the whole object; null if the storage returned none.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>Why the object cannot be opened, according to its metadata; null for an object that can be read.</summary>
    public UnavailableReason? Unavailable { get; init; }
}

/// <summary>An object that is open for reading. The caller disposes it.</summary>
/// <param name="properties">Its properties; <see cref="ObjectProperties.Size"/> is the size of the whole object, even if only a range is read.</param>
/// <param name="content">The requested bytes. Reads throw <see cref="BackendException"/>.</param>
/// <param name="closing">Called once when the object is disposed; null for nothing.</param>
public sealed class OpenedObject(ObjectProperties properties, Stream content, Action? closing = null) : IAsyncDisposable
{
    private Action? _closing = closing;

    /// <summary>The properties of the object.</summary>
    public ObjectProperties Properties { get; } = properties;

    /// <summary>The requested bytes, as a forward-only stream.</summary>
    public Stream Content { get; } = content;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _closing, null)?.Invoke();
        return Content.DisposeAsync();
    }
}
