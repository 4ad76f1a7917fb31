using Egress.Backends;
using Egress.Downloads;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Keys;
using Egress.Records;
using Egress.Records.Links;
using Egress.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Http.Links;

/// <summary>Answers <c>/links/{id}</c>: returns the state of a link, and revokes it.</summary>
internal sealed class LinkEndpoint(ApiAccess access, ILinkStore links, IRecordStore records, LinkWatch watch, ApiFailure failure, LinkReport report)
{
    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routeId">The id from routing.</param>
    public async Task HandleAsync(HttpContext context, string routeId)
    {
        if (access.Refuse(context, out var key) is { } refused)
        {
            await refused.WriteAsync(context);
            return;
        }

        var problem = await AnswerAsync(context, routeId, key!);
        await (problem?.WriteAsync(context) ?? Task.CompletedTask);
    }

    private async Task<Problem?> AnswerAsync(HttpContext context, string routeId, ApiKey key)
    {
        var id = LinkId.FromRequest(routeId, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (id is null)
        {
            return ProblemTable.NoLink;
        }

        try
        {
            var link = await links.FindAsync(id, context.RequestAborted);
            if (link is not null && key.IsBound && link.CreatedBy != key.Name)
            {
                // The response is the same as for a link that does not exist, so that a key reveals nothing about links that other keys created.
                return ProblemTable.NoLink;
            }

            return HttpMethods.IsDelete(context.Request.Method) ? await RevokeAsync(context, id, link, key) : await ShowAsync(context, link);
        }
        catch (BackendException fault)
        {
            return failure.Report(Rejection.From(fault));
        }
    }

    private static async Task<Problem?> ShowAsync(HttpContext context, LinkEntry? link)
    {
        if (link is null)
        {
            return ProblemTable.NoLink;
        }

        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, LinkStateBody.Of(link), LinkJson.Legible.LinkStateBody);
        return null;
    }

    /// <summary>Revokes a link. A key without limits may also revoke links to records that the application stored itself.</summary>
    private async Task<Problem?> RevokeAsync(HttpContext context, string id, LinkEntry? link, ApiKey key)
    {
        var recordId = link?.Id ?? (key.IsBound ? null : (await records.FindAsync(id, context.RequestAborted))?.Id);
        if (recordId is null)
        {
            return ProblemTable.NoLink;
        }

        if (link?.RevokedAt is null)
        {
            await links.RevokeAsync(recordId, key.Name, context.RequestAborted);
            report.Revoked(recordId, key.Name);
        }

        watch.End(recordId);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.Headers.CacheControl = "no-store";
        return null;
    }
}
