using Egress.Backends;
using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Streams planned archives. Safe for concurrent use.</summary>
internal sealed class ArchiveStreamer(IObjectStorage storage, ChecksumLookup crcs, DownloadOptions options)
{
    private readonly BufferBudget _budget = new(options.TotalBufferMemory);

    /// <summary>Opens the first object, so that what is wrong with it can still be answered with a status.</summary>
    /// <param name="plan">What to stream.</param>
    /// <param name="range">Which bytes of it.</param>
    /// <param name="lifetime">Ends the transfer from outside.</param>
    /// <returns>The transfer, which the caller runs once and disposes.</returns>
    /// <exception cref="BackendException">The first object cannot be opened, or is not what the record declares.</exception>
    public async ValueTask<ArchiveTransfer> OpenAsync(DownloadPlan plan, ArchiveRange range, DownloadLifetime lifetime)
    {
        var part = await PartAsync(plan, range, lifetime.Token);
        var slices = part.Steps().Where(static step => step.IsRead).Select(static step => new ObjectSlice(step.Object, step.From, step.To));
        var prefetcher = new ObjectPrefetcher(storage, slices, options, _budget, lifetime.Token);
        try
        {
            await prefetcher.PrepareAsync(lifetime.Token);
        }
        catch
        {
            await prefetcher.DisposeAsync();
            throw;
        }

        return new ArchiveTransfer(plan, part, prefetcher, plan.ETag is null ? null : new CrcRecorder(crcs, isLocal: !storage.IsRemote), lifetime);
    }

    /// <summary>Asks what earlier downloads found out, where not all of the archive is read.</summary>
    private async ValueTask<RangePlan> PartAsync(DownloadPlan plan, ArchiveRange range, CancellationToken cancellationToken)
    {
        var part = new RangePlan(plan, range);
        if (!part.IsResumed)
        {
            return part;
        }

        var known = await crcs.RecallAsync(part.EntriesToRecall(), cancellationToken);
        return known.Count == 0 ? part : new RangePlan(plan, range, known);
    }
}
