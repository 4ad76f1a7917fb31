using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>Streams planned archives. Safe for concurrent use.</summary>
public sealed class ArchiveStreamer(IObjectStorage storage, DownloadOptions options, TimeProvider time)
{
    private readonly BufferBudget _budget = new(options.TotalBufferMemory);

    /// <summary>Opens the first object, so that what is wrong with it can still be answered with a status.</summary>
    /// <param name="plan">What to stream.</param>
    /// <param name="range">Which bytes of it.</param>
    /// <param name="watch">Ends the transfer from outside.</param>
    /// <returns>The transfer, which the caller runs once and disposes.</returns>
    /// <exception cref="BackendException">The first object cannot be opened.</exception>
    internal async ValueTask<ArchiveTransfer> OpenAsync(DownloadPlan plan, ArchiveRange range, TransferWatch watch)
    {
        var part = new ArchivePart(plan, range);
        var slices = part.Steps().Where(static step => step.IsRead).Select(static step => new ObjectSlice(step.Object, step.From, step.To));
        var feed = new ObjectFeed(storage, slices, options, _budget, watch.Token);
        try
        {
            await feed.PrepareAsync(watch.Token).ConfigureAwait(false);
        }
        catch
        {
            await feed.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new ArchiveTransfer(plan, part, feed, watch, time);
    }
}
