using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>A chunk that is prefetched into memory, or streamed from its open response.</summary>
/// <param name="Chunk">The chunk.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Owner">Disposed with the chunk.</param>
/// <param name="Opened">Completes when a prefetched chunk is open; null for a streamed chunk.</param>
/// <param name="Fetch">Completes when a prefetched chunk is in memory. Never fails.</param>
/// <param name="Buffered">The number of bytes that the chunk takes from the memory budget.</param>
internal sealed record FetchedChunk(
    ObjectChunk Chunk, Stream Content, IAsyncDisposable Owner, Task<OpenedObject>? Opened, Task<FetchTime> Fetch, long Buffered)
{
    private static readonly Task<FetchTime> NotMeasured = Task.FromResult(default(FetchTime));

    /// <summary>The object with the version that the storage returned; null until the storage returns a strong validator.</summary>
    public PlannedObject? Versioned =>
        (Opened is { IsCompletedSuccessfully: true } ? Opened.Result : Owner as OpenedObject)?.Properties.ETag is { } etag
        && Chunk.Object with { ETag = etag } is { HasStrongETag: true } found ? found : null;

    /// <summary>Creates a streamed chunk, which is not held in memory.</summary>
    public static FetchedChunk Streamed(in ObjectChunk chunk, OpenedObject opened) => new(chunk, opened.Content, opened, null, NotMeasured, 0);
}
