using Egress.Downloads.Checksums;
using Egress.Downloads.Fetching;
using Egress.Limits;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads.Streaming;

/// <summary>Opens transfers of planned archives. Safe for concurrent use.</summary>
internal sealed class ArchiveStreamer(
    IObjectStorage storage, ChecksumLookup checksums, ProcessLimits limits, DownloadOptions options, TimeProvider time)
{
    /// <summary>Opens the transfer of an archive or of a range of it. No object is read before the transfer is started.</summary>
    /// <param name="plan">The archive.</param>
    /// <param name="range">The range of bytes.</param>
    /// <param name="lifetime">Ends the transfer, for example when the client disconnects.</param>
    /// <param name="mode">How its objects are fetched.</param>
    /// <returns>The transfer, which the caller disposes.</returns>
    public async ValueTask<ArchiveTransfer> OpenAsync(DownloadPlan plan, ArchiveRange range, DownloadLifetime lifetime, FetchMode mode = FetchMode.Paced)
    {
        var rangePlan = await PlanAsync(plan, range, lifetime.Token);
        var prefetcher = new ObjectPrefetcher(storage, rangePlan.Steps(), options, limits, time, lifetime.Token, mode);
        var recorder = plan.ETag is null ? null : new ChecksumRecorder(checksums, isLocal: !storage.IsRemote);
        return new ArchiveTransfer(plan, rangePlan, prefetcher, recorder, lifetime);
    }

    /// <summary>Plans the range. If it is not the whole archive, looks up the checksums that earlier downloads computed.</summary>
    private async ValueTask<RangePlan> PlanAsync(DownloadPlan plan, ArchiveRange range, CancellationToken cancellationToken)
    {
        var rangePlan = new RangePlan(plan, range, checksums.PiecesOf);
        if (rangePlan.IsResumed)
        {
            await checksums.RecallAsync(rangePlan.EntriesToRecall(), rangePlan.NeedsDigests, rangePlan.Known, cancellationToken);
        }

        return rangePlan;
    }
}
