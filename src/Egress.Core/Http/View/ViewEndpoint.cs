using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Http.Pages;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Budgets;
using Egress.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.View;

/// <summary>Answers <c>/view/{id}</c> with a page for people who received a link. It does not count as a download of the link.</summary>
internal sealed class ViewEndpoint(
    ClientLimiter limiter, DownloadGate gate, DownloadPlanner planner, LinkUse use, DownloadReport report, PageFrame frame, DownloadOptions options,
    TimeProvider time)
{
    private readonly ViewPage _page = new(frame, time);

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routeId">The id from routing.</param>
    /// <param name="hostStopping">Canceled when the host ends this request, and also when the client disconnects.</param>
    public async Task HandleAsync(HttpContext context, string routeId, CancellationToken hostStopping)
    {
        var id = LinkId.FromRequest(routeId, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var (rejection, content) = await PrepareAsync(context, id, hostStopping);
        if (content is not null)
        {
            await SendAsync(context, content);
        }
        else if (rejection is not null)
        {
            report.Refused(context, rejection);
            await ProblemTable.For(rejection).WriteAsync(context);
        }
    }

    /// <summary>
    /// Plans the archive. Planning takes a slot in the limits on downloads, because it costs as much as for a download. The slot is released before
    /// the page is sent.
    /// </summary>
    /// <returns>The refusal, or the content of the page; neither if the client disconnected.</returns>
    private async Task<(Rejection? Rejection, Content? Content)> PrepareAsync(HttpContext context, string? id, CancellationToken hostStopping)
    {
        DownloadSlot? slot = null;
        var rejection = limiter.TryEnter(context, out var addressSlot) ?? (id is null ? DownloadEndpoint.NoId : gate.TryEnter(out slot));
        using var ofAddress = addressSlot;
        if (slot is null)
        {
            return (rejection, null);
        }

        using (slot)
        using (var lifetime = new DownloadLifetime(options, time, context.RequestAborted, gate.Interrupted))
        {
            lifetime.EndWithFunction(hostStopping);
            return await PlanAsync(context, id!, lifetime);
        }
    }

    private async Task<(Rejection? Rejection, Content? Content)> PlanAsync(HttpContext context, string id, DownloadLifetime lifetime)
    {
        if (!LinkQuery.TryRead(context.Request.Query, id, out var request))
        {
            return (new Rejection(RejectionReason.ParameterRepeated), null);
        }

        try
        {
            // The page shows the whole archive, even if the link selects some files.
            var result = await planner.PlanAsync(request with { Files = null, List = null }, lifetime.Token);
            if (result.Plan is not { } plan)
            {
                return (result.Rejection, null);
            }

            var rest = await use.FindRestAsync(plan, lifetime.Token);
            return rest is { IsUsedUp: true } ? (new Rejection(RejectionReason.LinkUsedUp), null) : (null, new Content(plan, request, rest));
        }
        catch (BackendException fault)
        {
            return (Rejection.From(fault), null);
        }
        catch (OperationCanceledException) when (lifetime.Reason != FailureReason.None)
        {
            return (DownloadEndpoint.EndedEarly(lifetime.Reason), null);
        }
    }

    private async Task SendAsync(HttpContext context, Content content)
    {
        var response = context.Response;
        var texts = PageTexts.For(context.Request);
        var body = _page.Write(content.Plan, content.Request, content.Rest, texts);
        PageFrame.SetHeaders(response, texts.Language, _page.Policy);
        response.Headers.Vary = HeaderNames.AcceptLanguage;
        response.ContentLength = body.Length;
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }

    /// <summary>The content of the page.</summary>
    private sealed record Content(DownloadPlan Plan, DownloadRequest Request, LinkRest? Rest);
}
