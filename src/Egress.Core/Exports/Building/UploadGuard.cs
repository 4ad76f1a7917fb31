using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Stops the writing of a part when the export ends or begins another upload. Safe for concurrent use.</summary>
internal sealed class UploadGuard(ExportJobs jobs, IObjectUploads uploads)
{
    /// <summary>
    /// Runs a write. Returns false if the export has ended or begun another upload meanwhile; then the result or failure of the write does not
    /// matter.
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

    /// <summary>Throws if the export has ended or has another upload, which aborts the write. <see cref="TryWriteAsync"/> then returns false.</summary>
    /// <exception cref="InvalidOperationException">The export has ended or has another upload.</exception>
    public async Task RequireRunningAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(id, cancellationToken) is not { IsOver: false } now || now.UploadId != job.UploadId)
        {
            throw new InvalidOperationException("The export has ended, or began another upload.");
        }
    }

    /// <summary>Whether an export is still running with the same upload. If not, cleans up the part that was just uploaded.</summary>
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
