using Egress.Callbacks;
using Egress.Downloads;
using Egress.Exports;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Signing;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Exports;

/// <summary>Answers <c>/exports</c>: starts exports. Safe for concurrent use.</summary>
internal sealed class ExportsEndpoint(
    ApiAccess access, ExportCreator creator, ApiFailure failure, ExportOptions options, CallbackOptions callbacks, SigningOptions signing, DownloadOptions downloads, TimeProvider time)
{
    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public async Task HandleAsync(HttpContext context, CancellationToken hostStopping)
    {
        var problem = access.Refuse(context, out var key)
            ?? (key!.IsBound
                ? ProblemTable.KeyMayNotExport
                : await ApiTimeLimit.RunAsync(context, downloads, time, token => CreateAsync(context, key.Name, token), hostStopping));
        await (problem?.WriteAsync(context) ?? Task.CompletedTask);
    }

    private string StatusUrl(string id) => $"{signing.PublicUrl?.AbsoluteUri.TrimEnd('/')}/exports/{id}";

    private async Task<Problem?> CreateAsync(HttpContext context, string by, CancellationToken cancellationToken)
    {
        var (job, problem) = await ExportBody.ReadAsync(context, options, callbacks, by, time.GetUtcNow(), cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        switch (await creator.CreateAsync(job!, cancellationToken))
        {
            case ExportCreation.Accepted(var id, var accepted):
                var url = StatusUrl(id);
                context.Response.Headers.Location = url;
                await ApiAnswer.WriteAsync(
                    context, StatusCodes.Status202Accepted, new AcceptedExportBody(id, "queued", url), ExportAnswerJson.Legible.AcceptedExportBody);
                return null;
            case ExportCreation.Invalid(var message):
                return ProblemTable.InvalidRequest([new FieldError("key", message)]);
            case ExportCreation.DestinationTaken(var active):
                return active is null ? ProblemTable.DestinationExists : ProblemTable.ExportRunning with
                {
                    Detail = $"The export {active} writes to this key. Wait for its end, or choose another key.",
                    Location = StatusUrl(active),
                };
            case ExportCreation.TooManyActive:
                return ProblemTable.TooManyExports;
            case ExportCreation.Refused(var rejection):
                return failure.Report(rejection);
            case var other:
                throw new InvalidOperationException($"An export ended as {other.GetType()}.");
        }
    }
}
