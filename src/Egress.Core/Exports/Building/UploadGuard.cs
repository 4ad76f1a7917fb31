using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Handles the end of an export, and the begin of another upload, while a part is written. Safe for concurrent use.</summary>
internal sealed class UploadGuard(ExportJobs jobs, IObjectUploads uploads)
{
    /// <summary>
    /// Runs a write. Returns false if the export has ended meanwhile or has another upload. The result and a failure of the write are ignored then.
    /// </summary>
    public async Task<bool> TryWriteAsync(string id, ExportJob job, Func<Task> write, CancellationToken cancellationToken)
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

    /// <summary>Aborts the write if the export has ended or has another upload. <see cref="TryWriteAsync"/> returns false then.</summary>
    /// <exception cref="InvalidOperationException">The export has ended or has another upload.</exception>
    public async Task RequireRunningAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(id, cancellationToken) is not { IsOver: false } now || now.UploadId != job.UploadId)
        {
            throw new InvalidOperationException("The export has ended, or began another upload.");
        }
    }

    /// <summary>Whether an export is still running with the same upload. Otherwise removes the part that was just uploaded.</summary>
    private async Task<bool> IsStillRunningAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        var now = await jobs.FindAsync(id, cancellationToken);
        if (now is { IsOver: false } && now.UploadId == job.UploadId)
        {
            return true;
        }

        if (now?.State != ExportState.Completed)
        {
            await uploads.AbortAsync(job.Upload, cancellationToken);
        }

        if (now is null or { IsOver: true })
        {
            await jobs.Store.RemovePartsAsync(id, cancellationToken);
        }

        return false;
    }
}
