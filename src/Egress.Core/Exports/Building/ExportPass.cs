using Egress.Limits;
using Egress.Records.Exports;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>
/// Exports archives whose bytes differ each time. Such an archive is written in one pass, and each pass has its own upload. Safe for concurrent use.
/// </summary>
internal sealed class ExportPass(
    ExportJobs jobs, ExportPlanner planner, ExportPartWriter writer, UploadGuard guard, ExportEnding ending, LostUploads lost,
    PartMemory memory, IObjectUploads uploads, ExportReport report)
{
    /// <summary>Writes the whole archive from its beginning into a new upload.</summary>
    /// <param name="id">The export.</param>
    /// <param name="job">The state of the export.</param>
    /// <param name="isRepeated">Whether an earlier pass may have begun in the current upload.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    public async Task RunAsync(string id, ExportJob job, bool isRepeated, CancellationToken cancellationToken)
    {
        var plan = await planner.PlanAsync(job, cancellationToken);
        var isFirst = !isRepeated && job.ReplacedUploadId is null && await jobs.Store.CountPartsAsync(id, cancellationToken) == 0;
        if ((isFirst ? job : await ReplaceUploadAsync(id, job, cancellationToken)) is not { } current)
        {
            return;
        }

        var parts = new List<UploadedPart>();
        using var buffer = writer.Buffer(
            current.Upload, new PartPlace(1, 0), memory.TakeApart((int)current.PartSize),
            async (part, length) =>
            {
                await guard.RequireRunningAsync(id, current, cancellationToken);
                parts.Add(part);
                await jobs.Store.AddPartAsync(id, new StoredPart(part.Number, length, part.Tag), cancellationToken);
                report.PartBuilt();
            },
            end => planner.CheckPass(end, current.PartSize));
        await guard.TryWriteAsync(id, current, () => writer.WriteAsync(plan, ArchiveRange.All, buffer, cancellationToken), cancellationToken);
        await ending.CompleteAsync(id, current, parts, buffer.End, resumes: false, cancellationToken);
    }

    /// <summary>Begins a new upload, so that parts of an earlier pass are not mixed with the parts of this pass.</summary>
    /// <returns>The export with its new upload; null if it has ended, or if another pass began.</returns>
    private async Task<ExportJob?> ReplaceUploadAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (job.ReplacedUploadId is { } replaced)
        {
            await uploads.AbortAsync(new ObjectUpload(job.Destination, replaced), cancellationToken); // abort it before the state loses its id
        }

        var current = await lost.BeginAsync(
            id,
            running => running is { IsOver: false, IsCompleting: false } && running.UploadId == job.UploadId,
            static (running, upload) => running with { UploadId = upload.Id, ReplacedUploadId = running.UploadId, SeenParts = 0 },
            cancellationToken);
        if (current is not null)
        {
            await uploads.AbortAsync(job.Upload, cancellationToken);
            await jobs.Store.RemovePartsAsync(id, cancellationToken);
        }

        return current;
    }
}
