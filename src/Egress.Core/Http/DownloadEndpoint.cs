using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Signing;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http;

/// <summary>Answers <c>/download/{id}</c> and <c>/{id}</c> in both hosts.</summary>
internal sealed class DownloadEndpoint(
    ClientLimiter limiter, DownloadGate gate, DownloadPlanner planner, DownloadRunner runner, DownloadReport report)
{
    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routeId">The id as routing hands it over.</param>
    /// <param name="hostStopping">The host's own end of this request (time limit, drain).</param>
    public async Task HandleAsync(HttpContext context, string routeId, CancellationToken hostStopping)
    {
        var id = LinkId.FromRoute(routeId);
        if (limiter.Count(context) is { } limited)
        {
            await RefuseAsync(context, id, limited);
            return;
        }

        if (gate.TryEnter(out var place) is { } closed)
        {
            await RefuseAsync(context, id, closed);
            return;
        }

        using (place)
        using (var lifetime = runner.Watch(context, hostStopping))
        {
            var result = await PlanAsync(context, id, lifetime);
            if (result.Plan is { } plan)
            {
                await AnswerAsync(context, plan, lifetime);
            }
            else if (result.Rejection is { } rejection)
            {
                await RefuseAsync(context, id, rejection);
            }
        }
    }

    /// <summary>Plans the download that the link stands for.</summary>
    /// <returns>Neither plan nor refusal when the client left meanwhile.</returns>
    private async ValueTask<PlanResult> PlanAsync(HttpContext context, string id, DownloadLifetime lifetime)
    {
        if (!LinkQuery.TryRead(context.Request.Query, id, out var request))
        {
            return new Rejection(RejectionReason.ParameterRepeated);
        }

        using var span = EgressTraces.StartPlan();
        try
        {
            request = request with { IsResume = ConditionalRequest.MayResume(context.Request) };
            var result = await planner.PlanAsync(request, lifetime.Token);
            if (result.Rejection is { } rejection)
            {
                EgressTraces.Refused(span, rejection);
            }

            return result;
        }
        catch (OperationCanceledException) when (lifetime.Reason != FailureReason.None)
        {
            return runner.EndedEarly(id, lifetime.Reason) is { } ended ? ended : default(PlanResult);
        }
    }

    private async Task AnswerAsync(HttpContext context, DownloadPlan plan, DownloadLifetime lifetime)
    {
        var wanted = ConditionalRequest.Of(context.Request, plan.ETag, plan.Layout.Length);
        if (plan.IsForResumeOnly && !wanted.IsResume)
        {
            wanted = wanted with { Rejection = new Rejection(RejectionReason.LinkExpired) };
        }

        if (wanted.Rejection is null && (HttpMethods.IsHead(context.Request.Method) || wanted.Status == StatusCodes.Status304NotModified))
        {
            SetHeaders(context.Response, plan, wanted);
        }
        else if ((wanted.Rejection ?? await SendAsync(context, plan, wanted, lifetime)) is { } rejection)
        {
            await RefuseAsync(context, plan.RecordId, rejection);
        }
    }

    private Task<Rejection?> SendAsync(HttpContext context, DownloadPlan plan, ConditionalRequest wanted, DownloadLifetime lifetime) =>
        runner.RunAsync(context, plan, wanted.Range, response => SetHeaders(response, plan, wanted), lifetime);

    private void SetHeaders(HttpResponse response, DownloadPlan plan, ConditionalRequest wanted)
    {
        var headers = response.Headers;
        headers.CacheControl = "private, no-transform";
        report.HeadersDropped(plan.RecordId, CustomHeaders.Apply(headers, plan.CustomHeaders));
        headers.XContentTypeOptions = "nosniff";
        wanted.SetHeaders(response, plan.ETag, plan.Layout.Length);
        if (wanted.Status != StatusCodes.Status304NotModified)
        {
            response.ContentType = "application/zip";
            headers.ContentDisposition = Attachment(plan.ArchiveName);
        }
    }

    /// <summary>An ASCII <c>filename</c> for all, and <c>filename*</c> (RFC 6266) where that loses something.</summary>
    private static string Attachment(string name)
    {
        var ascii = string.Concat(name.EnumerateRunes().Select(static r => r.Value is >= ' ' and <= '~' and not ('"' or '\\') ? r.ToString() : "_"));
        var header = new ContentDispositionHeaderValue("attachment") { FileName = $"\"{ascii}\"" };
        if (ascii != name)
        {
            header.FileNameStar = name;
        }

        return header.ToString();
    }

    private Task RefuseAsync(HttpContext context, string id, Rejection rejection)
    {
        report.Refused(id, rejection);
        return ProblemTable.For(rejection).WriteAsync(context);
    }
}
