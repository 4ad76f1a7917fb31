using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Ends exports: completes the upload or removes it, and sends the callback. Safe for concurrent use.</summary>
internal sealed class ExportEnding(
    ExportJobs jobs, ActiveExports active, IObjectUploads uploads, LostUploads lost, IObjectStorage storage, CallbackOutbox outbox, ExportReport report)
{
    /// <summary>How long the clocks of storage and database may differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>How long the queue of callbacks may take.</summary>
    private static readonly TimeSpan QueueLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long after its end an export that cannot be settled is tried again.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromDays(1);

    /// <summary>Makes the archive of the uploaded parts, and ends the export. No effect if the export ended, or has another upload now.</summary>
    /// <param name="id">The export.</param>
    /// <param name="job">What is known of it.</param>
    /// <param name="parts">All its parts, in order.</param>
    /// <param name="length">Length of the archive.</param>
    /// <param name="resumes">Whether a completion that was begun before may be repeated, because its process was killed or failed.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    /// <exception cref="BackendException">The storage or the database failed. A repetition goes on.</exception>
    public async Task CompleteAsync(
        string id, ExportJob job, IReadOnlyList<UploadedPart> parts, long length, bool resumes, CancellationToken cancellationToken)
    {
        // From here on the object may appear, so nothing but the answer of the storage ends the export.
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

    /// <summary>Ends an export that failed. No effect while the storage makes its archive.</summary>
    public Task FailAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: false, cancellationToken);

    /// <summary>Ends an export whose archive the storage has not made within a day.</summary>
    public Task GiveUpAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: true, cancellationToken);

    /// <summary>Cancels an export.</summary>
    /// <returns>False if it ended in another way, or if the storage makes its archive: it cannot be stopped then.</returns>
    public async Task<bool> TryCancelAsync(string id, CancellationToken cancellationToken)
    {
        await EndAsync(id, static job => job with { State = ExportState.Cancelled }, isAnswer: false, cancellationToken);
        return await jobs.FindAsync(id, cancellationToken) is null or { State: ExportState.Cancelled };
    }

    /// <summary>Does what follows the end of an export, if it was not done: removes what is left in the storage, and sends the callback.</summary>
    /// <exception cref="BackendException">The storage or the database refused or failed. The next sweep tries again.</exception>
    public async Task SettleAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (job.IsSettled)
        {
            return;
        }

        // The callback does not wait for a storage that fails, which may be why the export ended.
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

    /// <summary>Has the storage make the archive.</summary>
    /// <returns>Why it did not; null if the archive is there.</returns>
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

        // The upload is gone, or an object is there: perhaps because this process or another completed it before.
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
            return false; // what is there is no object, for example a folder of a disk
        }
    }
}
