using Egress.Backends;
using Egress.Downloads;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Keys;
using Egress.Records.Links;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Links;

/// <summary>Answers <c>/links</c>: creates links and lists them. Safe for concurrent use.</summary>
internal sealed class LinksEndpoint(
    ApiAccess access, LinkCreation creation, ILinkStore links, ApiFailure failure, DownloadOptions downloads, TimeProvider time)
{
    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Canceled when the host must end this request.</param>
    public async Task HandleAsync(HttpContext context, CancellationToken hostStopping)
    {
        if (access.Refuse(context, out var key) is { } refused)
        {
            await refused.WriteAsync(context);
            return;
        }

        var problem = await ApiTimeLimit.RunAsync(
            context, downloads, time,
            token => HttpMethods.IsPost(context.Request.Method) ? creation.CreateAsync(context, key!, token) : ListAsync(context, key!, token),
            hostStopping);
        await (problem?.WriteAsync(context) ?? Task.CompletedTask);
    }

    private async Task<Problem?> ListAsync(HttpContext context, ApiKey key, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var selection = LinkListQuery.Read(context.Request.Query, key, time.GetUtcNow(), errors);
        if (errors.Count > 0)
        {
            return ProblemTable.InvalidRequest(errors);
        }

        try
        {
            var page = await links.ListAsync(selection, cancellationToken);
            var body = new LinkListBody([.. page.Links.Select(LinkStateBody.Of)], page.Next?.ToString());
            await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, body, LinkJson.Legible.LinkListBody);
            return null;
        }
        catch (BackendException fault)
        {
            return failure.Report(Rejection.From(fault));
        }
    }
}
