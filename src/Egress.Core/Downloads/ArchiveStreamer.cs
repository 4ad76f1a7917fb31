using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Streams planned archives. Safe for concurrent use.</summary>
public sealed class ArchiveStreamer(IObjectStorage storage, DownloadOptions options)
{
    private readonly BufferBudget _budget = new(options.TotalBufferMemory);

    /// <summary>Opens the first object, so that what is wrong with it can still be answered with a status.</summary>
    /// <param name="plan">What to stream.</param>
    /// <param name="watch">Ends the transfer from outside.</param>
    /// <returns>The transfer, which the caller runs once and disposes.</returns>
    /// <exception cref="BackendException">The first object cannot be opened.</exception>
    internal async ValueTask<ArchiveTransfer> OpenAsync(DownloadPlan plan, TransferWatch watch)
    {
        var feed = new ObjectFeed(storage, plan.Objects, options, _budget, watch.Token);
        try
        {
            await feed.PrepareAsync(watch.Token).ConfigureAwait(false);
        }
        catch
        {
            await feed.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new ArchiveTransfer(plan, feed, watch);
    }
}
