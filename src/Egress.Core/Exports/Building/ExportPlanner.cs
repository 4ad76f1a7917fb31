using System.Runtime.CompilerServices;
using System.Text.Json;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Downloads.Planning;
using Egress.Records;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Plans the archives of exports, and splits them into parts. Safe for concurrent use.</summary>
internal sealed class ExportPlanner(DownloadPlanner planner, IRecordStore records, ExportTarget target, IObjectUploads uploads, ExportOptions options)
{
    /// <summary>
    /// The part lists of archives whose manifests are in memory. They are cached, because creating one examines every entry and building each part
    /// needs it.
    /// </summary>
    private readonly ConditionalWeakTable<ArchiveManifest, CutArchive> _lists = [];

    /// <summary>Plans the archive of an export.</summary>
    /// <exception cref="ExportException">The archive is refused, or has changed since the export began.</exception>
    /// <exception cref="Backends.BackendException">A backend refused or failed.</exception>
    public async Task<DownloadPlan> PlanAsync(ExportJob job, CancellationToken cancellationToken)
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

    /// <summary>Plans the archive when its export begins. Checks the destination again, because the record may have changed since the request.</summary>
    /// <inheritdoc cref="PlanAsync"/>
    public async Task<DownloadPlan> PlanFirstAsync(ExportJob job, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(job.RecordId, cancellationToken) is { } record)
        {
            target.Check(record, job.Destination);
        }

        var plan = await PlanAsync(job, cancellationToken);
        if (job.Overwrites && target is { IsSource: true, Storage.IsRemote: false })
        {
            await CheckFileAsync(job.Destination, plan, cancellationToken);
        }

        return plan;
    }

    /// <summary>
    /// Refuses an export that would replace a file of its own archive, which the record names by another path: through a symbolic link, or as a hard link.
    /// The file is recognized by its length and time.
    /// </summary>
    private async Task CheckFileAsync(ObjectLocation destination, DownloadPlan plan, CancellationToken cancellationToken)
    {
        if (await target.Storage.LookUpAsync(destination, cancellationToken) is not { } file)
        {
            return;
        }

        foreach (var planned in plan.Manifest.Objects)
        {
            var isSame = planned.Content is null && planned.Size == file.Size
                && (planned.ETag ?? (await target.Storage.LookUpAsync(planned.Location, cancellationToken))?.ETag) == file.ETag;
            if (isSame)
            {
                throw new ExportException(
                    ExportReason.DestinationRefused,
                    $"The destination '{destination.Key}' in '{destination.Bucket}' is the file of '{planned.Location.Key}', which is an object of the archive. Choose another key.");
            }
        }
    }

    /// <summary>Returns the part size of an archive in bytes.</summary>
    /// <param name="job">The requested export.</param>
    /// <param name="plan">The archive.</param>
    /// <exception cref="ExportException">The archive is too large, or the storage does not accept parts of this size.</exception>
    public long PartSizeOf(ExportJob job, DownloadPlan plan)
    {
        CheckSize(plan.Length ?? 0);
        return ExportParts.SizeFor(job.PartSize, options.PartSize, plan.Length, uploads.Limits);
    }

    /// <summary>Returns the parts of an archive; null for an archive that is written in one pass.</summary>
    public ExportPartList? PartsOf(DownloadPlan plan, long partSize)
    {
        if (plan is not { ETag: not null, Length: not null })
        {
            return null;
        }

        if (_lists.TryGetValue(plan.Manifest, out var cut) && cut.PartSize == partSize)
        {
            return cut.Parts;
        }

        var parts = PartCutter.Cut(plan.Manifest, partSize, uploads.Limits);
        _lists.AddOrUpdate(plan.Manifest, new CutArchive(partSize, parts));
        return parts;
    }

    /// <summary>Checks the size of an archive that is written in one pass, before its next part is uploaded.</summary>
    /// <param name="end">The end of the part, as an offset in the archive.</param>
    /// <param name="partSize">The part size in bytes.</param>
    /// <exception cref="ExportException">The archive is too large.</exception>
    public void CheckPass(long end, long partSize)
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

    private sealed record CutArchive(long PartSize, ExportPartList? Parts);
}
