using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Ends exports: completes the upload or removes it, and sends the callback. Safe for concurrent use.</summary>
internal sealed class ExportEnding(ExportJobs jobs, IObjectUploads uploads, IObjectStorage storage, CallbackOutbox outbox, ExportReport report)
{
    /// <summary>How long the clocks of storage and database may differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>How long the queue of callbacks may take.</summary>
    private static readonly TimeSpan QueueLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end an export that cannot be settled is tried again.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromDays(1);

    /// <summary>Makes the archive of the uploaded parts, and ends the export.</summary>
    /// <param name="id">The export.</param>
    /// <param name="job">What is known of it.</param>
    /// <param name="parts">All its parts, in order.</param>
    /// <param name="length">Length of the archive.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="ExportException">There is an object at the destination.</exception>
    /// <exception cref="BackendException">The storage or the database refused or failed.</exception>
    public async Task CompleteAsync(string id, ExportJob job, IReadOnlyList<UploadedPart> parts, long length, CancellationToken cancellationToken)
    {
        bool isCompleted;
        try
        {
            isCompleted = await uploads.CompleteAsync(job.Upload, parts, job.Overwrites, cancellationToken);
        }
        catch (BackendException fault) when (!fault.IsTransient && fault.Fault != BackendFault.CircuitOpen)
        {
            // Another process completed it, or this one before it was interrupted: the upload is gone then.
            if (!await IsThereAsync(job, length, cancellationToken))
            {
                throw;
            }

            isCompleted = true;
        }

        if (!isCompleted)
        {
            if (!await IsThereAsync(job, length, cancellationToken))
            {
                throw new ExportException(
                    ExportReason.DestinationExists, $"An object exists at '{job.Key}' in '{job.Bucket}'. Choose another key, or allow the export to replace it.");
            }

            // An earlier pass completed it, in its own upload.
            await uploads.AbortAsync(job.Upload, cancellationToken);
        }

        await EndAsync(id, ended => ended with { State = ExportState.Completed, Length = length }, cancellationToken);
    }

    /// <summary>Ends an export that failed.</summary>
    public Task FailAsync(string id, string reason, string message, CancellationToken cancellationToken) =>
        EndAsync(id, job => job with { State = ExportState.Failed, Reason = reason, Message = message }, cancellationToken);

    /// <summary>Cancels an export.</summary>
    public Task CancelAsync(string id, CancellationToken cancellationToken) =>
        EndAsync(id, static job => job with { State = ExportState.Cancelled }, cancellationToken);

    /// <summary>Does what follows the end of an export, if it was not done: removes what is left in the storage, and sends the callback.</summary>
    /// <exception cref="BackendException">The storage or the database refused or failed. The next sweep tries again.</exception>
    public async Task SettleAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (job.IsSettled)
        {
            return;
        }

        if (job.State != ExportState.Completed && job.UploadId is not null && outbox.Time.GetUtcNow() - job.EndedAt < SettleLimit)
        {
            await uploads.AbortAsync(job.Upload, cancellationToken);
        }

        await jobs.Store.RemovePartsAsync(id, cancellationToken);
        if (!string.IsNullOrEmpty(job.Callback))
        {
            using var limit = outbox.Limit(QueueLimit);
            if (!await outbox.TryPutAsync(ExportCallback.Create(id, job), limit.Token))
            {
                return;
            }
        }

        await jobs.ChangeAsync(id, static ended => ended with { IsSettled = true }, cancellationToken);
    }

    private async Task EndAsync(string id, Func<ExportJob, ExportJob> end, CancellationToken cancellationToken)
    {
        var ended = await jobs.ChangeAsync(id, job => job.IsOver ? null : end(job) with { EndedAt = outbox.Time.GetUtcNow() }, cancellationToken);
        if (ended is null)
        {
            return;
        }

        report.Ended(id, ended);
        try
        {
            await SettleAsync(id, ended, cancellationToken);
        }
        catch (BackendException fault)
        {
            report.NotSettled(id, fault.Message);
        }
    }

    /// <summary>Whether the destination has the archive of this export.</summary>
    private async Task<bool> IsThereAsync(ExportJob job, long length, CancellationToken cancellationToken) =>
        await storage.LookUpAsync(job.Destination, cancellationToken) is { } found
        && found.Size == length && found.Modified >= job.CreatedAt - ClockSkew;
}
