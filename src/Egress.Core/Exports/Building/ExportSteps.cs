using Egress.Downloads;
using Egress.Limits;
using Egress.Records.Exports;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>
/// The steps of an export: planning it, building each part, and completing the upload after the last part. Each built part requests a later one. Safe
/// for concurrent use.
/// </summary>
internal sealed class ExportSteps(
    ExportJobs jobs, ExportQueue queue, ExportPlanner planner, ExportPartWriter writer, ExportPass pass, UploadGuard guard, ExportEnding ending,
    LostUploads lost, PartMemory memory, ExportReport report)
{
    /// <summary>Runs the step that a message requests.</summary>
    /// <param name="message">The message.</param>
    /// <param name="job">The export, which has not ended.</param>
    /// <param name="isRepeated">Whether an earlier delivery of the message may already have taken effect.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down.</param>
    public Task RunAsync(ExportMessage message, ExportJob job, bool isRepeated, CancellationToken cancellationToken) => (job, message.Part) switch
    {
        ({ State: ExportState.Queued }, _) => BeginAsync(message.Id, job, cancellationToken),
        ({ IsCompleting: true }, var part) => part == 0 || isRepeated ? CompleteAsync(message.Id, job, resumes: true, cancellationToken) : Task.CompletedTask,
        (_, 0) => LookAsync(message.Id, job, cancellationToken),
        ({ IsInParts: true }, var part) when part <= job.Parts => BuildAsync(message.Id, job, part, isRepeated, cancellationToken),
        ({ IsInParts: false }, 1) => pass.RunAsync(message.Id, job, isRepeated, cancellationToken),
        _ => Task.CompletedTask,
    };

    /// <summary>Plans the archive, begins its upload, and requests the first parts.</summary>
    private async Task BeginAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        var plan = await planner.PlanFirstAsync(job, cancellationToken);
        var partSize = planner.PartSizeOf(job, plan);
        var parts = planner.PartsOf(plan, partSize);
        var running = await lost.BeginAsync(
            id,
            static queued => queued.State == ExportState.Queued,
            (queued, upload) => queued with
            {
                State = ExportState.Running,
                UploadId = upload.Id,
                PartSize = partSize,
                Length = plan.Length,
                ETag = plan.ETag,
                Parts = parts?.Count ?? 0,
                PartsDigest = parts?.Digest,
                ArchiveName = plan.ArchiveName,
                Files = plan.RequestedCount,
                Skipped = plan.MissingCount + plan.UnavailableCount,
            },
            cancellationToken);
        if (running is null)
        {
            return;
        }

        report.Begun(id, running);
        await LookAsync(id, running, cancellationToken);
    }

    /// <summary>Requests missing parts, as many as the queue may have. Completes the export if no part is missing.</summary>
    private async Task LookAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (!job.IsInParts)
        {
            await queue.AddAsync(ExportMessage.Build(id, 1), cancellationToken);
            return;
        }

        var parts = await jobs.Store.FindPartsAsync(id, cancellationToken);
        var missing = ExportParts.FindFirstMissing(parts, job.Parts);
        foreach (var part in missing)
        {
            await queue.AddAsync(ExportMessage.Build(id, part), cancellationToken);
        }

        if (missing.Count == 0)
        {
            await CompleteAsync(id, job, resumes: false, cancellationToken);
        }
    }

    /// <summary>Builds one part, unless it is already uploaded.</summary>
    private async Task BuildAsync(string id, ExportJob job, int number, bool isRepeated, CancellationToken cancellationToken)
    {
        if (await jobs.Store.FindPartAsync(id, number, cancellationToken) is not null)
        {
            // An earlier delivery of the message may have ended before the next part was requested.
            await (isRepeated ? FollowAsync(id, job, number, cancellationToken) : Task.CompletedTask);
            return;
        }

        var plan = await planner.PlanAsync(job, cancellationToken);
        var part = Find(plan, job, number);
        var isFirst = false;
        if (!await guard.TryWriteAsync(id, job, async () => isFirst = await WriteAsync(id, job, plan, part, cancellationToken), cancellationToken))
        {
            return;
        }

        report.PartBuilt();

        // If two messages for the same part are handled at the same time, only one of them requests the next part. Otherwise all later parts would
        // also be built twice.
        if (isFirst || isRepeated)
        {
            await FollowAsync(id, job, number, cancellationToken);
        }
    }

    /// <summary>Makes the storage copy a part, or builds and uploads it.</summary>
    /// <returns>False if another process has already uploaded the part.</returns>
    private async Task<bool> WriteAsync(string id, ExportJob job, DownloadPlan plan, ExportPart part, CancellationToken cancellationToken)
    {
        if (await writer.TryCopyAsync(job.Upload, part, cancellationToken) is { } copied)
        {
            return await AddAsync(id, new StoredPart(copied.Number, part.Range.To - part.Range.From, copied.Tag), cancellationToken);
        }

        var (isFirst, length) = (false, (int)(part.Range.To - part.Range.From));
        using var buffer = writer.Buffer(
            job.Upload, part.Place, await memory.TakeAsync(length, cancellationToken),
            async (uploaded, size) => isFirst = await AddAsync(id, new StoredPart(uploaded.Number, size, uploaded.Tag), cancellationToken));
        await writer.WriteAsync(plan, part.Range, buffer, cancellationToken);
        return isFirst;
    }

    private async Task<bool> AddAsync(string id, StoredPart part, CancellationToken cancellationToken)
    {
        var isFirst = await jobs.Store.FindPartAsync(id, part.Number, cancellationToken) is null;
        await jobs.Store.AddPartAsync(id, part, cancellationToken);
        return isFirst;
    }

    /// <exception cref="ExportException">The archive would now be split differently than when the export began.</exception>
    private ExportPart Find(DownloadPlan plan, ExportJob job, int number)
    {
        var parts = planner.PartsOf(plan, job.PartSize);
        return parts is not null && parts.Digest == job.PartsDigest ? parts[number] : throw new ExportException(
            ExportReason.InternalError, "Another version of Egress began this export, and cuts the archive in another way. Ask for the export again.");
    }

    /// <summary>Requests the next part after one was built, and completes the export after the last part.</summary>
    private async Task FollowAsync(string id, ExportJob job, int number, CancellationToken cancellationToken)
    {
        var isLast = number + ExportQueue.Window > job.Parts;
        if (!isLast)
        {
            await queue.AddAsync(ExportMessage.Build(id, number + ExportQueue.Window), cancellationToken);
        }

        if (!isLast && await jobs.Store.CountPartsAsync(id, cancellationToken) < job.Parts)
        {
            return;
        }

        var parts = await jobs.Store.FindPartsAsync(id, cancellationToken);
        if (parts.Count == job.Parts)
        {
            await CompleteAsync(id, job, resumes: false, cancellationToken);
        }
        else if (isLast && ExportParts.FindLost(ExportParts.FindFirstMissing(parts, job.Parts), number) is { } lost)
        {
            await queue.AddAsync(ExportMessage.Build(id, lost), cancellationToken);
        }
    }

    private async Task CompleteAsync(string id, ExportJob job, bool resumes, CancellationToken cancellationToken)
    {
        var parts = await jobs.Store.FindPartsAsync(id, cancellationToken);
        await ending.CompleteAsync(
            id, job, [.. parts.Select(static part => new UploadedPart(part.Number, part.Tag))], job.Length!.Value, resumes, cancellationToken);
    }
}
