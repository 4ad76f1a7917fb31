using Egress.Storage;

namespace Egress.Downloads.Fetching;

/// <summary>A chunk that is fetched, or read from its open response.</summary>
/// <param name="Chunk">What is fetched.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Owner">Disposed with it.</param>
/// <param name="Opened">Ends when a prefetched chunk is open; null for one that is streamed.</param>
/// <param name="Fetch">Ends when a prefetched chunk is in memory. Never fails.</param>
/// <param name="Buffered">What it takes from the budget, in bytes.</param>
internal sealed record FetchedChunk(
    ObjectChunk Chunk, Stream Content, IAsyncDisposable Owner, Task<OpenedObject>? Opened, Task<FetchTime> Fetch, long Buffered)
{
    private static readonly Task<FetchTime> NotMeasured = Task.FromResult(default(FetchTime));

    /// <summary>The object with the version that the storage returned; null until it returns one that identifies exactly these bytes.</summary>
    public PlannedObject? Versioned =>
        (Opened is { IsCompletedSuccessfully: true } ? Opened.Result : Owner as OpenedObject)?.Properties.ETag is { } etag
        && Chunk.Object with { ETag = etag } is { HasStrongETag: true } found ? found : null;

    /// <summary>A chunk that is read from its open response, without holding it in memory.</summary>
    public static FetchedChunk Streamed(in ObjectChunk chunk, OpenedObject opened) => new(chunk, opened.Content, opened, null, NotMeasured, 0);
}
