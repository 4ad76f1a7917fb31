using System.Security.Cryptography;
using Egress.Backends;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>
/// Begins uploads. If the process is killed before the id of an upload is stored, the upload can still be found and aborted. Safe for concurrent use.
/// </summary>
internal sealed class LostUploads(ExportJobs jobs, IObjectUploads uploads, ExportReport report)
{
    /// <summary>The largest difference that is allowed for between the clocks of the storage and the database.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);

    /// <summary>Stores the intention to begin an upload, begins it, and stores its id. Aborts uploads of earlier attempts first.</summary>
    /// <param name="id">The export.</param>
    /// <param name="mayBegin">Whether the export may still begin an upload.</param>
    /// <param name="store">Returns the new state of the export with the upload.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <returns>The new state; null if another process has begun an upload or the export has ended. In both cases the new upload is aborted.</returns>
    /// <exception cref="BackendException">The storage or the database refused or failed.</exception>
    public async Task<ExportJob?> BeginAsync(
        string id, Func<ExportJob, bool> mayBegin, Func<ExportJob, ObjectUpload, ExportJob> store, CancellationToken cancellationToken)
    {
        var (attempt, isRepeated) = (RandomNumberGenerator.GetHexString(16, lowercase: true), false);
        var noted = await jobs.ChangeAsync(
            id,
            job =>
            {
                isRepeated = job.Beginning is not null;
                return mayBegin(job) ? job with { Beginning = attempt } : null;
            },
            cancellationToken);
        if (noted is null)
        {
            return null;
        }

        if (isRepeated)
        {
            await RemoveAsync(noted, token => IsNotedAsync(id, attempt, token), cancellationToken);
        }

        var upload = await uploads.BeginAsync(noted.Destination, cancellationToken);
        await jobs.ChangeAsync(
            id, job => mayBegin(job) && job.Beginning == attempt ? store(job, upload) with { Beginning = null } : null, cancellationToken);
        if (await jobs.FindAsync(id, cancellationToken) is { IsOver: false } stored && stored.UploadId == upload.Id)
        {
            return stored;
        }

        await uploads.AbortAsync(upload, cancellationToken);
        return null;
    }

    /// <summary>Aborts the uploads to the destination of an export that are not named in its state.</summary>
    /// <param name="job">The export.</param>
    /// <param name="mayRemove">Returns false if another process may have begun an upload to the destination.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="BackendException">The storage failed.</exception>
    public async Task RemoveAsync(ExportJob job, Func<CancellationToken, ValueTask<bool>> mayRemove, CancellationToken cancellationToken)
    {
        try
        {
            await uploads.AbortLostAsync(job.Destination, job.CreatedAt - ClockSkew, job.UploadId, mayRemove, cancellationToken);
        }
        catch (BackendException fault) when (!ExportFailure.MayPass(fault))
        {
            report.LostUploadsNotRemoved(job.Key, job.Bucket, fault.Message);
        }
    }

    /// <summary>Whether this attempt is still the last one. A process that was paused may find that another one began an upload.</summary>
    private async ValueTask<bool> IsNotedAsync(string id, string attempt, CancellationToken cancellationToken) =>
        await jobs.FindAsync(id, cancellationToken) is { IsOver: false } job && job.Beginning == attempt;
}
