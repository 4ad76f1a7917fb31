using Egress.Backends;
using Egress.Downloads;
using Egress.Exports;
using Egress.Exports.Building;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Storage;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Exports;

/// <summary>Answers <c>/exports/{id}</c>: returns the state of an export, and cancels it. Safe for concurrent use.</summary>
internal sealed class ExportEndpoint(
    ApiAccess access, ExportJobs jobs, ExportEnding ending, IObjectUploads uploads, ApiFailure failure, ExportOptions options, TimeProvider time)
{
    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">The id from routing.</param>
    public async Task HandleAsync(HttpContext context, string id)
    {
        var problem = access.Refuse(context, out var key)
            ?? (key!.IsBound ? ProblemTable.KeyMayNotExport : await AnswerAsync(context, id));
        await (problem?.WriteAsync(context) ?? Task.CompletedTask);
    }

    private async Task<Problem?> AnswerAsync(HttpContext context, string id)
    {
        try
        {
            if (!Guid.TryParseExact(id, "N", out _) || await jobs.FindAsync(id, context.RequestAborted) is not { } job)
            {
                return ProblemTable.NoExport;
            }

            return HttpMethods.IsDelete(context.Request.Method) ? await CancelAsync(context, id, job) : await ShowAsync(context, id, job);
        }
        catch (BackendException fault)
        {
            return failure.Report(Rejection.From(fault));
        }
    }

    private async Task<Problem?> ShowAsync(HttpContext context, string id, ExportJob job)
    {
        var parts = job.IsOver ? 0 : await jobs.Store.CountPartsAsync(id, context.RequestAborted);
        var (url, error) = job.State == ExportState.Completed ? await LinkAsync(job, context.RequestAborted) : default;
        await ApiAnswer.WriteAsync(
            context, StatusCodes.Status200OK, ExportStateBody.Of(id, job, parts, url?.AbsoluteUri, error, time.GetUtcNow()), ExportAnswerJson.Legible.ExportStateBody);
        return null;
    }

    /// <summary>Signs the link to the archive. A failure does not hide the state of the export.</summary>
    private async Task<(Uri? Url, string? Error)> LinkAsync(ExportJob job, CancellationToken cancellationToken)
    {
        try
        {
            return (await uploads.LinkAsync(job.Destination, job.ArchiveName ?? job.Key, options.LinkLifetime, cancellationToken), null);
        }
        catch (BackendException fault)
        {
            return (null, failure.Report(Rejection.From(fault)).Detail);
        }
    }

    /// <summary>Cancels a running export. An export that has ended, or that the storage is completing, is not changed.</summary>
    private async Task<Problem?> CancelAsync(HttpContext context, string id, ExportJob job)
    {
        if (job.IsOver && job.State != ExportState.Cancelled)
        {
            return ProblemTable.ExportIsOver;
        }

        if (!await ending.TryCancelAsync(id, context.RequestAborted))
        {
            return ProblemTable.ExportIsOver;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.CacheControl = "no-store";
        return null;
    }
}
