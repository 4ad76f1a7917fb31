using Egress.Backends;
using Egress.Downloads;
using Egress.Records;
using Egress.Storage;

namespace Egress.Exports;

/// <summary>Accepts exports: makes the checks that need no plan, stores the export, and requests its first step. Safe for concurrent use.</summary>
internal sealed class ExportCreator(
    ExportJobs jobs, ActiveExports active, ExportQueue queue, IRecordStore records, ExportTarget target, ExportOptions options, ExportReport report)
{
    /// <summary>Accepts or refuses an export.</summary>
    /// <param name="job">The requested export.</param>
    /// <param name="cancellationToken">Cancels the checks.</param>
    public async Task<ExportCreation> CreateAsync(ExportJob job, CancellationToken cancellationToken)
    {
        try
        {
            return await RefuseAsync(job, cancellationToken) ?? await AddAsync(job, cancellationToken);
        }
        catch (ExportException refusal)
        {
            return new ExportCreation.Invalid(refusal.Message);
        }
        catch (BackendException fault)
        {
            return new ExportCreation.Refused(Rejection.From(fault));
        }
    }

    private async Task<ExportCreation?> RefuseAsync(ExportJob job, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(job.RecordId, cancellationToken) is not { } record)
        {
            return new ExportCreation.Refused(new Rejection(RejectionReason.RecordNotFound));
        }

        if (record.Link is { IsRevoked: true })
        {
            return new ExportCreation.Refused(new Rejection(RejectionReason.LinkRevoked));
        }

        CheckKey(job.Destination);
        target.Check(record, job.Destination);
        var looks = !job.Overwrites || !target.Storage.IsRemote; // on a disk the destination may be a directory, which is never replaced
        return looks && await FindAsync(job.Destination, cancellationToken) is not null && !job.Overwrites
            ? new ExportCreation.DestinationTaken()
            : null;
    }

    private async Task<ObjectProperties?> FindAsync(ObjectLocation destination, CancellationToken cancellationToken)
    {
        try
        {
            return await target.Storage.LookUpAsync(destination, cancellationToken);
        }
        catch (BackendException refusal) when (!target.Storage.IsRemote && refusal.Fault is (BackendFault.Malformed or BackendFault.Denied))
        {
            throw new ExportException(ExportReason.DestinationRefused, refusal.Message);
        }
    }

    private void CheckKey(ObjectLocation destination)
    {
        try
        {
            target.Storage.CheckKey(destination);
        }
        catch (BackendException refusal) when (!refusal.IsTransient)
        {
            throw new ExportException(ExportReason.DestinationRefused, refusal.Message);
        }
    }

    private async Task<ExportCreation> AddAsync(ExportJob job, CancellationToken cancellationToken)
    {
        var id = jobs.NewId();
        if (await active.RefuseOrAddAsync(id, job.Destination, options.MaxActive, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await jobs.AddAsync(id, job, cancellationToken);
        report.Created(id, job.RecordId, job.Key, job.Bucket, job.CreatedBy);
        try
        {
            await queue.AddAsync(ExportMessage.Look(id), cancellationToken);
        }
        catch (Queues.QueueException failure)
        {
            // The next sweep requests the step.
            report.QueueFailed(ExportJobs.LookInterval, failure.Message);
        }

        return new ExportCreation.Accepted(id, job);
    }
}

/// <summary>The outcome of a request to create an export.</summary>
internal abstract record ExportCreation
{
    private ExportCreation()
    {
    }

    /// <summary>The export was stored, and will be built.</summary>
    internal sealed record Accepted(string Id, ExportJob Job) : ExportCreation;

    /// <summary>The destination cannot be used.</summary>
    internal sealed record Invalid(string Message) : ExportCreation;

    /// <summary>The destination exists, or another export writes it.</summary>
    /// <param name="ActiveId">The export that writes it; null for an object.</param>
    internal sealed record DestinationTaken(string? ActiveId = null) : ExportCreation;

    /// <summary>The limit of active exports is reached.</summary>
    internal sealed record TooManyActive : ExportCreation;

    /// <summary>The record cannot be exported, or a backend failed.</summary>
    internal sealed record Refused(Rejection Rejection) : ExportCreation;
}
