using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Ends exports: completes or aborts the upload, and queues the callback. Safe for concurrent use.</summary>
internal sealed class ExportEnding(
    ExportJobs jobs, ActiveExports active, IObjectUploads uploads, LostUploads lost, ExportTarget target, CallbackOutbox outbox, ExportReport report)
{
    /// <summary>The largest difference that is allowed for between the clocks of the storage and the database.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>The time limit for adding a callback to the queue.</summary>
    private static readonly TimeSpan QueueLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long after the end of an export its settling is retried.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromDays(1);

    /// <summary>Completes the upload, and ends the export. Has no effect if the export has already ended, or has replaced its upload.</summary>
    /// <param name="id">The export.</param>
    /// <param name="job">The state of the export.</param>
    /// <param name="parts">All parts of the upload, in order.</param>
    /// <param name="length">Length of the archive.</param>
    /// <param name="resumes">Whether a completion may be repeated that an earlier process started and did not finish.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="BackendException">The storage or the database failed. A repeated call continues.</exception>
    public async Task CompleteAsync(
        string id, ExportJob job, IReadOnlyList<UploadedPart> parts, long length, bool resumes, CancellationToken cancellationToken)
    {
        // From here on the object may appear at any time, so only the response of the storage decides how the export ends.
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

    /// <summary>Fails an export. Has no effect while the storage is completing its archive.</summary>
    public Task FailAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: false, cancellationToken);

    /// <summary>Fails an export even while the storage is completing its archive. A sweep calls this after a day without a response of the storage.</summary>
    public Task GiveUpAsync(string id, ExportFailure failure, CancellationToken cancellationToken) =>
        EndAsync(id, job => Failed(job, failure), isAnswer: true, cancellationToken);

    /// <summary>Cancels an export, unless it has ended or the storage is completing its archive.</summary>
    /// <returns>False if the export was not canceled: it ended in another way, or the storage cannot stop the completion.</returns>
    public async Task<bool> TryCancelAsync(string id, CancellationToken cancellationToken)
    {
        await EndAsync(id, static job => job with { State = ExportState.Cancelled }, isAnswer: false, cancellationToken);
        return await jobs.FindAsync(id, cancellationToken) is null or { State: ExportState.Cancelled };
    }

    /// <summary>Settles an ended export, unless that was done: aborts its upload in the storage, and queues the callback.</summary>
    /// <exception cref="BackendException">The storage or the database refused or failed. The next sweep tries again.</exception>
    public async Task SettleAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (job.IsSettled)
        {
            return;
        }

        // The callback comes first, so that it does not wait for a failing storage. That failure may be the reason why the export ended.
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

    /// <summary>Completes the upload in the storage.</summary>
    /// <returns>The failure; null if the archive exists.</returns>
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

        // The upload no longer exists, or the destination has an object. This or another process may have completed the upload earlier.
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

        if (job.Beginning is not null && await IsFreeAsync(cancellationToken))
        {
            await lost.RemoveAsync(job, IsFreeAsync, cancellationToken);
        }

        async ValueTask<bool> IsFreeAsync(CancellationToken token) => !await active.WritesToAsync(job.Destination, token);
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

    /// <summary>
    /// Whether the object at the destination is the archive of this export. A remote storage stores which upload an object was made of. On a disk only
    /// the time of the file shows that it is not older than the export.
    /// </summary>
    private async Task<bool> IsThereAsync(ExportJob job, long length, CancellationToken cancellationToken)
    {
        try
        {
            return await target.Storage.LookUpAsync(job.Destination, cancellationToken) is { } found
                && found.Size == length && (target.Storage.IsRemote || found.Modified >= job.CreatedAt - ClockSkew) && await uploads.IsFromAsync(job.Upload, cancellationToken);
        }
        catch (BackendException refusal) when (!ExportFailure.MayPass(refusal))
        {
            return false; // the destination is not an object, for example a directory on a disk
        }
    }
}
