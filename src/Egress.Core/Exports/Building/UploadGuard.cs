using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Guards uploads against exports that ended, or that began another upload, while a part was written. Safe for concurrent use.</summary>
internal sealed class UploadGuard(ExportJobs jobs, IObjectUploads uploads)
{
    /// <summary>Writes, unless the export was ended meanwhile or its upload replaced: what was written then does not count, and no failure either.</summary>
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

    /// <summary>Ends the writing of an export that has ended, or began another upload. <see cref="TryWriteAsync"/> then returns false.</summary>
    /// <exception cref="InvalidOperationException">It has.</exception>
    public async Task RequireRunningAsync(string id, ExportJob job, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(id, cancellationToken) is not { IsOver: false } now || now.UploadId != job.UploadId)
        {
            throw new InvalidOperationException("The export has ended, or began another upload.");
        }
    }

    /// <summary>Whether an export was not ended meanwhile, and its upload not replaced. Else the part that was just uploaded is removed.</summary>
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
