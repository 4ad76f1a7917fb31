using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Planning;
using Egress.Downloads.Streaming;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Signing;
using Egress.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Http;

/// <summary>Answers <c>/download/{id}</c>, <c>/{id}</c> and <c>/download/{id}/files/{n}</c> in both hosts.</summary>
internal sealed class DownloadEndpoint(
    ClientLimiter limiter, DownloadGate gate, DownloadPlanner planner, ManifestCache manifests, DownloadResponder responder, LinkWatch watch,
    DownloadReport report, DownloadOptions options, TimeProvider time)
{
    internal static readonly Rejection NoId = new(RejectionReason.RecordNotFound) { Detail = "the id in the address is not UTF-8" };

    /// <summary>Answers one request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routeId">The id from routing.</param>
    /// <param name="file">The number of a single file, as text from routing; null for an archive.</param>
    /// <param name="hostStopping">Canceled when the host ends this request, and also when the client disconnects.</param>
    public async Task HandleAsync(HttpContext context, string routeId, string? file, CancellationToken hostStopping)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var requested = LinkId.FromRequest(routeId, target, segmentsAfter: file is null ? 0 : 2);
        var id = requested ?? routeId;
        DownloadSlot? slot = null;
        var weight = RequestWeight.AtOnce(context.Request);
        var rejection = limiter.TryEnter(context, out var client, weight) ?? (requested is null ? NoId : gate.TryEnter(out slot, weight));
        using var ofAddress = client;
        if (slot is not null)
        {
            slot.Add(client);
            using (slot)
            using (var lifetime = new DownloadLifetime(options, time, context.RequestAborted, gate.Interrupted))
            {
                lifetime.EndWithFunction(hostStopping);
                lifetime.AbortWhenHeld(context.Abort);
                rejection = await AnswerAsync(context, id, file, new Admission(slot, client, weight), lifetime);
            }
        }

        if (rejection is not null)
        {
            report.Refused(context, rejection);
            await ProblemTable.For(rejection).WriteAsync(context);
        }
    }

    /// <summary>Plans the download and sends it. A failure before the first byte is returned as a refusal.</summary>
    /// <returns>The refusal; null if the request was answered or the client disconnected.</returns>
    private async Task<Rejection?> AnswerAsync(HttpContext context, string id, string? file, Admission admission, DownloadLifetime lifetime)
    {
        if (!LinkQuery.TryRead(context.Request.Query, id, out var request))
        {
            return new Rejection(RejectionReason.ParameterRepeated);
        }

        request = request with
        {
            File = file,
            IsResume = ConditionalRequest.MayResume(context.Request),
            ETags = ConditionalRequest.NamedETags(context.Request),
        };
        try
        {
            return await PlanAndSendAsync(context, request, admission, lifetime);
        }
        catch (BackendException fault) when (!context.Response.HasStarted)
        {
            return Rejection.From(fault);
        }
        catch (OperationCanceledException) when (lifetime.Reason != FailureReason.None && !context.Response.HasStarted)
        {
            if (lifetime.Reason == FailureReason.ClientDisconnected)
            {
                report.ClientDisconnectedEarly(context);
            }

            return EndedEarly(lifetime.Reason);
        }
    }

    private async Task<Rejection?> PlanAndSendAsync(
        HttpContext context, DownloadRequest request, Admission admission, DownloadLifetime lifetime)
    {
        var slot = admission.Slot;
        while (true)
        {
            var result = await PlanAsync(request, lifetime);
            if (result.Plan is not { } plan)
            {
                return result.Rejection;
            }

            var wanted = ConditionalRequest.Of(context.Request, plan.ETag, plan.Length, plan.File?.Entry.Modified);
            if (plan.IsForResumeOnly && !wanted.IsResume)
            {
                return new Rejection(RejectionReason.LinkExpired);
            }

            if (wanted.Rejection is not null)
            {
                return wanted.Rejection;
            }

            if (RequestMethod.IsHead(context.Request) || wanted.Status == StatusCodes.Status304NotModified || plan.Length == 0)
            {
                responder.SetHeaders(context.Response, plan, wanted);
                return null;
            }

            if (Weigh(context, plan, wanted, ref admission) is { } full)
            {
                return full;
            }

            if (limiter.TryEnterLink(plan.RecordId, out var linkSlot, admission.Weight) is { } limited)
            {
                return limited;
            }

            using var ofLink = linkSlot;
            using var watched = watch.Watch(plan.RecordId, lifetime);
            slot.Add(linkSlot);
            try
            {
                return await responder.SendAsync(context, plan, wanted, slot, lifetime);
            }
            catch (BackendException fault) when (fault.Fault == BackendFault.Changed && plan.IsReused && !context.Response.HasStarted)
            {
                // An object has changed since an earlier request created the manifest. So this request drops the manifest and plans again.
                manifests.Drop(plan.KeptManifest);
                request = request with { MustPlan = true };
            }
        }
    }

    /// <summary>Counts the request by its actual cost: as a slice if the archive was already planned, otherwise as a download.</summary>
    /// <returns>The refusal, if the request costs more than was reserved for it and exceeds a limit.</returns>
    private Rejection? Weigh(HttpContext context, DownloadPlan plan, ConditionalRequest wanted, ref Admission admission)
    {
        var (slot, client, weight) = admission;
        var isSlice = weight < RequestWeight.Whole && wanted.Status == StatusCodes.Status206PartialContent;
        client?.CountAs(isSlice && !plan.HasPlanned ? RequestWeight.InRate(wanted.Range, plan.Length!.Value) : RequestWeight.Whole);
        if (isSlice || weight == RequestWeight.Whole)
        {
            return null;
        }

        IDisposable? rest = null;
        var rejection = gate.TryEnterWhole(slot, weight) ?? limiter.TryEnterWhole(context, weight, out rest);
        slot.Add(rest);
        admission = admission with { Weight = RequestWeight.Whole };
        return rejection;
    }

    private async Task<PlanResult> PlanAsync(DownloadRequest request, DownloadLifetime lifetime)
    {
        using var span = EgressTraces.StartPlan();
        var result = await planner.PlanAsync(request, lifetime.Token);
        if (result.Rejection is { } rejection)
        {
            EgressTraces.Refused(span, rejection);
        }

        return result;
    }

    /// <summary>Returns the refusal of a request that was ended before the first byte of its response; null if the client disconnected.</summary>
    internal static Rejection? EndedEarly(FailureReason reason) => reason switch
    {
        FailureReason.ClientDisconnected => null,
        FailureReason.Interrupted => DownloadGate.ShuttingDown,
        FailureReason.LinkRevoked => new Rejection(RejectionReason.LinkRevoked),
        _ => new Rejection(RejectionReason.PlanningTimedOut) { Detail = "no first byte in time (REQUEST_TIMEOUT, MAX_DOWNLOAD_DURATION)" },
    };

    /// <summary>What a request has taken from the limits: its slot of the process, its slot of the client, and their weight.</summary>
    private readonly record struct Admission(DownloadSlot Slot, ClientSlot? Client, int Weight);
}
