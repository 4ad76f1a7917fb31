using System.Text.Json;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Records.Exports;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Exports.Building;

/// <summary>The steps of an export: it begins, each part is built and followed by another, the last one completes it. Safe for concurrent use.</summary>
internal sealed class ExportSteps(
    ExportJobs jobs, ExportQueue queue, ExportPartWriter writer, ExportEnding ending, DownloadPlanner planner,
    IObjectUploads uploads, ExportOptions options, ExportReport report) : IDisposable
{
    /// <summary>
    /// Limits the memory for parts: the Functions host decides by itself how many messages it hands over. Archives that are written in one pass take no
    /// place, because parts would wait for their end.
    /// </summary>
    private readonly SemaphoreSlim _places = new(options.Concurrency);

    /// <summary>Does what a message asks for.</summary>
    /// <param name="message">The message.</param>
    /// <param name="job">The export, which is not over.</param>
    /// <param name="isRepeated">Whether the message was taken before, and may have had an effect then.</param>
    /// <param name="cancellationToken">The process is shutting down.</param>
    public Task RunAsync(ExportMessage message, ExportJob job, bool isRepeated, CancellationToken cancellationToken) => (job, message.Part) switch
    {
        ({ State: ExportState.Queued }, _) => BeginAsync(message.Id, job, cancellationToken),
        (_, 0) => LookAsync(message.Id, job, cancellationToken),
        ({ IsInParts: true }, var part) when part <= job.Parts => BuildAsync(message.Id, job, part, isRepeated, cancellationToken),
        ({ IsInParts: false }, 1) => PassAsync(message.Id, job, cancellationToken),
        _ => Task.CompletedTask,
    };

    /// <summary>Plans the archive, begins its upload, and asks for the first parts.</summary>
    private async Task BeginAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(job, cancellationToken);
        CheckSize(plan.Length ?? 0);
        var partSize = ExportParts.SizeFor(job.PartSize, options.PartSize, plan.Length, uploads.Limits);
        var upload = await uploads.BeginAsync(job.Destination, cancellationToken);
        var begun = await jobs.ChangeAsync(id, queued => queued.State != ExportState.Queued ? null : queued with
        {
            State = ExportState.Running,
            UploadId = upload.Id,
            PartSize = partSize,
            Length = plan.Length,
            ETag = plan.ETag,
            Parts = plan is { ETag: not null, Length: { } length } ? ExportParts.Count(length, partSize) : 0,
            ArchiveName = plan.ArchiveName,
            Files = plan.RequestedCount,
            Skipped = plan.MissingCount + plan.UnavailableCount,
        }, cancellationToken);
        if ((begun ?? await jobs.FindAsync(id, cancellationToken)) is not { } running || running.UploadId != upload.Id)
        {
            await uploads.AbortAsync(upload, cancellationToken); // another process began it, or it was cancelled
            return;
        }

        report.Begun(id, running);
        await LookAsync(id, running, cancellationToken);
    }

    /// <summary>Asks for parts that are missing, as many as the queue may hold. Without one the export is completed.</summary>
    private async Task LookAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (!job.IsInParts)
        {
            await queue.AddAsync(ExportMessage.Build(id, 1), cancellationToken);
            return;
        }

        var parts = await jobs.Store.FindPartsAsync(id, cancellationToken);
        var missing = Enumerable.Range(1, job.Parts).Except(parts.Select(static part => part.Number)).Take(ExportQueue.Window).ToList();
        foreach (var part in missing)
        {
            await queue.AddAsync(ExportMessage.Build(id, part), cancellationToken);
        }

        if (missing.Count == 0)
        {
            await CompleteAsync(id, job, parts, cancellationToken);
        }
    }

    /// <summary>Builds one part, unless the storage has it.</summary>
    private async Task BuildAsync(string id, ExportJob job, int number, bool isRepeated, CancellationToken cancellationToken)
    {
        if (await jobs.Store.FindPartAsync(id, number, cancellationToken) is not null)
        {
            // A message that was taken before may not have been followed by another one.
            await (isRepeated ? FollowAsync(id, job, number, cancellationToken) : Task.CompletedTask);
            return;
        }

        await _places.WaitAsync(cancellationToken);
        try
        {
            var plan = await PlanAsync(job, cancellationToken);
            var (place, range) = ExportParts.Of(number, job.Length!.Value, job.PartSize);
            using var buffer = writer.Buffer(
                job.Upload, place, (int)(range.To - range.From),
                async (part, length) => await jobs.Store.AddPartAsync(id, new StoredPart(part.Number, length, part.Tag), cancellationToken));
            if (!await TryWriteAsync(id, job, () => writer.WriteAsync(plan, range, buffer, cancellationToken), cancellationToken))
            {
                return;
            }
        }
        finally
        {
            _places.Release();
        }

        report.PartBuilt();
        await FollowAsync(id, job, number, cancellationToken);
    }

    /// <summary>Asks for the part that takes the place of one that was built, and completes the export after the last one.</summary>
    private async Task FollowAsync(string id, ExportJob job, int number, CancellationToken cancellationToken)
    {
        if (number + ExportQueue.Window <= job.Parts)
        {
            await queue.AddAsync(ExportMessage.Build(id, number + ExportQueue.Window), cancellationToken);
        }

        if (await jobs.Store.CountPartsAsync(id, cancellationToken) == job.Parts)
        {
            await CompleteAsync(id, job, await jobs.Store.FindPartsAsync(id, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Writes an archive whose bytes differ each time, from its beginning and in an upload of its own.</summary>
    private async Task PassAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        var plan = await PlanAsync(job, cancellationToken);
        if (await ReplaceUploadAsync(id, job, cancellationToken) is not { } current)
        {
            return;
        }

        var parts = new List<UploadedPart>();
        using var buffer = writer.Buffer(
            current.Upload, new PartPlace(1, 0), (int)current.PartSize,
            async (part, length) =>
            {
                parts.Add(part);
                await jobs.Store.AddPartAsync(id, new StoredPart(part.Number, length, part.Tag), cancellationToken);
                report.PartBuilt();
            },
            end => CheckPass(end, current.PartSize));
        if (await TryWriteAsync(id, current, () => writer.WriteAsync(plan, ArchiveRange.All, buffer, cancellationToken), cancellationToken))
        {
            await ending.CompleteAsync(id, current, parts, buffer.End, cancellationToken);
        }
    }

    /// <summary>Begins the upload again, so that parts of an earlier pass cannot be mixed with those of this one.</summary>
    /// <returns>The export with its new upload; null if it is over, or if another pass began.</returns>
    private async Task<ExportJob?> ReplaceUploadAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        var upload = await uploads.BeginAsync(job.Destination, cancellationToken);
        await uploads.AbortAsync(job.Upload, cancellationToken); // before it is forgotten
        await jobs.Store.RemovePartsAsync(id, cancellationToken);
        await jobs.ChangeAsync(
            id, running => running.IsOver || running.UploadId != job.UploadId ? null : running with { UploadId = upload.Id, SeenParts = 0 }, cancellationToken);
        if (await jobs.FindAsync(id, cancellationToken) is { IsOver: false } current && current.UploadId == upload.Id)
        {
            return current;
        }

        await uploads.AbortAsync(upload, cancellationToken);
        return null;
    }

    private Task CompleteAsync(string id, ExportJob job, IReadOnlyList<StoredPart> parts, CancellationToken cancellationToken) => ending.CompleteAsync(
        id, job, [.. parts.Select(static part => new UploadedPart(part.Number, part.Tag))], job.Length!.Value, cancellationToken);

    /// <summary>Writes, unless the export was ended meanwhile or its upload replaced: what was written then does not count, and no failure either.</summary>
    private async Task<bool> TryWriteAsync(string id, ExportJob job, Func<Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await write();
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            if (!await IsStillRunningAsync(id, job, cancellationToken))
            {
                return false;
            }

            throw;
        }

        return await IsStillRunningAsync(id, job, cancellationToken);
    }

    /// <summary>Whether an export was not ended meanwhile, and its upload not replaced. Else the part that was just uploaded is removed.</summary>
    private async Task<bool> IsStillRunningAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(id, cancellationToken) is { } now && now.UploadId == job.UploadId)
        {
            if (!now.IsOver)
            {
                return true;
            }

            if (now.State == ExportState.Completed)
            {
                return false;
            }
        }

        await uploads.AbortAsync(job.Upload, cancellationToken);
        await jobs.Store.RemovePartsAsync(id, cancellationToken);
        return false;
    }

    private async Task<DownloadPlan> PlanAsync(ExportJob job, CancellationToken cancellationToken)
    {
        var result = await planner.PlanAsync(job.RecordId, job.ETag, cancellationToken);
        if (result.Rejection is { } rejection)
        {
            throw rejection.Fault as Exception ?? new ExportException(
                JsonNamingPolicy.SnakeCaseLower.ConvertName(rejection.Reason.ToString()), rejection.Detail ?? $"The archive is refused: {rejection.Reason}.");
        }

        var plan = result.Plan!;
        if (job.ETag is not null && plan.ETag != job.ETag)
        {
            throw new ExportException(ExportReason.ObjectChanged, "The record or its objects changed while the archive was built.");
        }

        return plan;
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private void CheckPass(long end, long partSize)
    {
        CheckSize(end);
        if (ExportParts.Count(end, partSize) > uploads.Limits.MostParts)
        {
            throw new ExportException(
                ExportReason.TooLarge, $"The archive has more than {uploads.Limits.MostParts} parts of {partSize} bytes. Use a larger part size.");
        }
    }

    private void CheckSize(long size)
    {
        if (options.MaxSize > 0 && size > options.MaxSize)
        {
            throw new ExportException(ExportReason.TooLarge, $"The archive has {size} bytes or more. Exports may have {options.MaxSize} bytes (MAX_EXPORT_SIZE).");
        }
    }
}
