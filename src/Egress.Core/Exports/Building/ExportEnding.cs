using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Ends exports: completes the upload or removes it, and sends the callback. Safe for concurrent use.</summary>
internal sealed class ExportEnding(
    ExportJobs jobs, ActiveExports active, IObjectUploads uploads, LostUploads lost, IObjectStorage storage, CallbackOutbox outbox, ExportReport report)
{
    /// <summary>The largest difference between the clocks of storage and database.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>The time limit for the queue of callbacks.</summary>
    private static readonly TimeSpan QueueLimit = TimeSpan.FromSeconds(5);

    /// <summary>The time after its end during which the settling of an export is retried.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromDays(1);

    /// <summary>Completes the upload to the archive, and ends the export. Has no effect if the export has ended, or has another upload now.</summary>
    /// <param name="id">The export.</param>
    /// <param name="job">Its state.</param>
    /// <param name="parts">All its parts, in order.</param>
    /// <param name="length">Length of the archive.</param>
    /// <param name="resumes">Whether an already begun completion may be repeated, because its process was killed or failed.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="BackendException">The storage or the database failed. A repeated call continues.</exception>
    public async Task CompleteAsync(
        string id, ExportJob job, IReadOnlyList<UploadedPart> parts, long length, bool resumes, CancellationToken cancellationToken)
    {
        // From here on the object may appear, so only the answer of the storage ends the export.
        var completing = await jobs.ChangeAsync(
            id,
            running => running.IsOver || running.UploadId != job.UploadId || (running.IsCompleting && !resumes)
                ? null
                : running with { IsCompleting = true, Length = length },
            cancellationToken);
        if (completing is null)
        {
            return;
        }

        var failure = await MakeObjectAsync(completing, parts, length, cancellationToken);
        await EndAsync(
            id, ended => failure is { } fault ? Failed(ended, fault) : ended with { State = ExportState.Completed }, isAnswer: true, cancellationToken);
    }

    /// <summary>Ends an export as failed. Has no effect while the storage completes its archive.</summary>
    public Task FailAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: false, cancellationToken);

    /// <summary>Ends an export as failed if the storage has not completed its archive within a day.</summary>
    public Task GiveUpAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: true, cancellationToken);

    /// <summary>Cancels an export.</summary>
    /// <returns>False if it ended in another way, or if the storage is completing its archive, which cannot be stopped.</returns>
    public async Task<bool> TryCancelAsync(string id, CancellationToken cancellationToken)
    {
        await EndAsync(id, static job => job with { State = ExportState.Cancelled }, isAnswer: false, cancellationToken);
        return await jobs.FindAsync(id, cancellationToken) is null or { State: ExportState.Cancelled };
    }

    /// <summary>Settles an ended export, if that was not done: removes its upload from the storage, and sends the callback.</summary>
    /// <exception cref="BackendException">The storage or the database refused or failed. The next sweep tries again.</exception>
    public async Task SettleAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (job.IsSettled)
        {
            return;
        }

        // The callback is sent first, so that it does not wait for a failing storage, which may be the reason of the end.
        var isSent = job.IsCallbackSent || await TrySendCallbackAsync(id, job, cancellationToken);
        if (outbox.Time.GetUtcNow() - job.EndedAt < SettleLimit)
        {
            await RemoveUploadsAsync(job, cancellationToken);
        }

        await jobs.Store.RemovePartsAsync(id, cancellationToken);
        if (!isSent)
        {
            return;
        }

        await jobs.ChangeAsync(id, static ended => ended with { IsSettled = true }, cancellationToken);
    }

    private async Task<bool> TrySendCallbackAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(job.Callback))
        {
            return true;
        }

        using var limit = outbox.Limit(QueueLimit);
        if (!await outbox.TryPutAsync(ExportCallback.Create(id, job), limit.Token))
        {
            return false;
        }

        await jobs.ChangeAsync(id, static ended => ended with { IsCallbackSent = true }, cancellationToken);
        return true;
    }

    private static ExportJob Failed(ExportJob job, ExportFailure failure) =>
        job with { State = ExportState.Failed, Reason = failure.Reason, Message = failure.Message };

    /// <summary>Makes the storage complete the archive.</summary>
    /// <returns>The reason of a failure; null if the archive exists.</returns>
    private async Task<ExportFailure?> MakeObjectAsync(ExportJob job, IReadOnlyList<UploadedPart> parts, long length, CancellationToken cancellationToken)
    {
        BackendException? refusal = null;
        try
        {
            if (await uploads.CompleteAsync(job.Upload, parts, job.Overwrites, cancellationToken))
            {
                return null;
            }
        }
        catch (BackendException fault) when (!ExportFailure.MayPass(fault))
        {
            refusal = fault;
        }

        // The upload does not exist any more, or an object exists. This or another process may have completed the upload before.
        return await IsThereAsync(job, length, cancellationToken) ? null
            : refusal is not null ? ExportFailure.Of(refusal)
            : new ExportFailure(
                ExportReason.DestinationExists, $"An object exists at '{job.Key}' in '{job.Bucket}'. Choose another key, or allow the export to replace it.");
    }

    private async Task RemoveUploadsAsync(ExportJob job, CancellationToken cancellationToken)
    {
        if (job.ReplacedUploadId is { } replaced)
        {
            await uploads.AbortAsync(new ObjectUpload(job.Destination, replaced), cancellationToken);
        }

        if (job.State != ExportState.Completed && job.UploadId is not null)
        {
            await uploads.AbortAsync(job.Upload, cancellationToken);
        }

        if (job.Beginning is not null && !await active.WritesToAsync(job.Destination, cancellationToken))
        {
            await lost.RemoveAsync(job, cancellationToken);
        }
    }

    private async Task EndAsync(string id, Func<ExportJob, ExportJob> end, bool isAnswer, CancellationToken cancellationToken)
    {
        var ended = await jobs.ChangeAsync(
            id, job => job.IsOver || (job.IsCompleting && !isAnswer) ? null : end(job) with { EndedAt = outbox.Time.GetUtcNow() }, cancellationToken);
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
    private async Task<bool> IsThereAsync(ExportJob job, long length, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.LookUpAsync(job.Destination, cancellationToken) is { } found
                && found.Size == length && found.Modified >= job.CreatedAt - ClockSkew && await uploads.IsFromAsync(job.Upload, cancellationToken);
        }
        catch (BackendException refusal) when (!ExportFailure.MayPass(refusal))
        {
            return false; // the destination is not an object, for example a folder of a disk
        }
    }
}
