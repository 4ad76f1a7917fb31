using Egress.Backends;

namespace Egress.Storage;

/// <summary>What a storage says of an object without its bytes.</summary>
/// <param name="Location">Which object.</param>
/// <param name="Size">Its size in bytes. May be 0 where <see cref="Unavailable"/> is set: not every storage then says it.</param>
public sealed record ObjectProperties(ObjectLocation Location, long Size)
{
    /// <summary>Opaque validator of exactly this content, as the backend wants it back in <see cref="ObjectRange.IfMatch"/>.</summary>
    public string? ETag { get; init; }

    /// <summary>Time of last change, UTC.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>Media type, when the backend keeps one.</summary>
    public string? ContentType { get; init; }

    /// <summary>CRC-32 (IEEE) of the whole object, only when the backend vouches for it.</summary>
    public uint? Crc32 { get; init; }

    /// <summary>Why the object cannot be opened, when its metadata say so; null for an object that can be read.</summary>
    public UnavailableReason? Unavailable { get; init; }
}

/// <summary>An object that is open for reading. Whoever got it disposes it.</summary>
/// <param name="properties">What is known of it; <see cref="ObjectProperties.Size"/> is that of the whole object.</param>
/// <param name="content">The requested bytes. Reads throw <see cref="BackendException"/>.</param>
/// <param name="closing">Called once, when it is disposed; null for nobody.</param>
public sealed class OpenedObject(ObjectProperties properties, Stream content, Action? closing = null) : IAsyncDisposable
{
    private Action? _closing = closing;

    /// <summary>What is known of the object.</summary>
    public ObjectProperties Properties { get; } = properties;

    /// <summary>The requested bytes, read once, forward only.</summary>
    public Stream Content { get; } = content;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _closing, null)?.Invoke();
        return Content.DisposeAsync();
    }
}
