using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Signing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.View;

/// <summary>Answers <c>/view/{id}</c>: a page for people who received a link. It takes nothing of a limited link.</summary>
internal sealed class ViewEndpoint(
    ClientLimiter limiter, DownloadGate gate, DownloadPlanner planner, DownloadReport report, DownloadOptions options, ViewOptions view, TimeProvider time)
{
    private readonly ViewPage _page = new(view, time);

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routeId">The id as routing hands it over.</param>
    /// <param name="hostStopping">Fires when the host ends this request, which it also does when the client disconnects.</param>
    public async Task HandleAsync(HttpContext context, string routeId, CancellationToken hostStopping)
    {
        var id = LinkId.FromRequest(routeId, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        DownloadSlot? slot = null;
        var rejection = limiter.TryEnter(context, out var addressSlot) ?? (id is null ? DownloadEndpoint.NoId : gate.TryEnter(out slot));
        using var ofAddress = addressSlot;
        if (slot is not null)
        {
            using (slot)
            using (var lifetime = new DownloadLifetime(options, time, context.RequestAborted, gate.Interrupted))
            {
                lifetime.EndWithFunction(hostStopping);
                rejection = await AnswerAsync(context, id!, lifetime);
            }
        }

        if (rejection is not null)
        {
            report.Refused(context, rejection);
            await ProblemTable.For(rejection).WriteAsync(context);
        }
    }

    private async Task<Rejection?> AnswerAsync(HttpContext context, string id, DownloadLifetime lifetime)
    {
        if (!LinkQuery.TryRead(context.Request.Query, id, out var request))
        {
            return new Rejection(RejectionReason.ParameterRepeated);
        }

        try
        {
            // The page is about the whole archive, whatever else the address names.
            var result = await planner.PlanAsync(request with { Files = null, List = null }, lifetime.Token);
            if (result.Plan is { } plan)
            {
                await SendAsync(context, plan, request);
            }

            return result.Rejection;
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
        catch (OperationCanceledException) when (lifetime.Reason != FailureReason.None && !context.Response.HasStarted)
        {
            return DownloadEndpoint.EndedEarly(lifetime.Reason);
        }
    }

    private async Task SendAsync(HttpContext context, DownloadPlan plan, DownloadRequest request)
    {
        var response = context.Response;
        var texts = ViewTexts.For(context.Request);
        var body = _page.Write(plan, request, texts);
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = body.Length;
        response.Headers.ContentLanguage = texts.Language;
        response.Headers.Vary = HeaderNames.AcceptLanguage;
        response.Headers.CacheControl = "private, no-store";
        response.Headers.ContentSecurityPolicy = _page.Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer"; // the address of the page is a link that may be signed
        response.Headers["X-Robots-Tag"] = "noindex";
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(body, context.RequestAborted);
        }
    }
}
