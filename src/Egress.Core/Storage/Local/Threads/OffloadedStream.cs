using Egress.Backends;

namespace Egress.Storage.Local.Threads;

/// <summary>
/// Reads a blocking stream on <see cref="DiskThreads"/>. Does not switch threads if the caller already runs on one of them, or if the bytes are in the page
/// cache.
/// </summary>
/// <param name="content">The stream. Its reads complete before they return.</param>
/// <param name="threads">The threads.</param>
internal sealed class OffloadedStream(Stream content, DiskThreads threads) : SourceStream
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (threads.Current is { } thread)
        {
            return thread.Run(static it => it.content.ReadAsync(it.buffer, it.cancellationToken), (content, buffer, cancellationToken));
        }

        try
        {
            if (content is ICachedContent cached && cached.TryRead(buffer, out var count))
            {
                return ValueTask.FromResult(count);
            }
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException<int>(exception);
        }

        return threads.RunAsync(
            () => OffloadedStorage.Result(content.ReadAsync(buffer, cancellationToken)), DiskCallMode.Stay, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
        }

        base.Dispose(disposing);
    }
}
