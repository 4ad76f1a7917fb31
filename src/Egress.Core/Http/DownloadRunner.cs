using Egress.Backends;
using Egress.Callbacks.Outbox;
using Egress.Downloads;
using Egress.Downloads.Streaming;
using Egress.Http.Responses;
using Egress.Zip;
using Microsoft.AspNetCore.Http;

namespace Egress.Http;

/// <summary>Streams a planned download into a response and reports how it ended.</summary>
internal sealed class DownloadRunner(
    ArchiveStreamer streamer, DownloadGate gate, DownloadOptions options, CallbackOutbox callbacks, DownloadReport report, TimeProvider time)
{
    /// <summary>Watches over a request that was just accepted.</summary>
    /// <param name="context">The request.</param>
    /// <param name="hostStopping">Fires when the host ends this request, which it also does when the client disconnects.</param>
    public DownloadLifetime Watch(HttpContext context, CancellationToken hostStopping)
    {
        var lifetime = new DownloadLifetime(options, time, context.RequestAborted, gate.Interrupted);
        lifetime.EndWithFunction(hostStopping);
        return lifetime;
    }

    /// <summary>Streams the archive. On any failure after its first byte the connection is aborted: it must never look whole.</summary>
    /// <param name="context">The request.</param>
    /// <param name="plan">What to stream.</param>
    /// <param name="range">Which bytes of it.</param>
    /// <param name="setHeaders">Sets the response's headers, once the first object is open.</param>
    /// <param name="lifetime">Ends the download.</param>
    /// <returns>A refusal when the first object cannot be opened; null once the archive was begun, or the client left.</returns>
    public async Task<Rejection?> RunAsync(
        HttpContext context, DownloadPlan plan, ArchiveRange range, Action<HttpResponse> setHeaders, DownloadLifetime lifetime)
    {
        ArchiveTransfer transfer;
        try
        {
            transfer = await streamer.OpenAsync(plan, range, lifetime);
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
        catch (OperationCanceledException) when (lifetime.Reason != FailureReason.None)
        {
            return EndedEarly(plan.RecordId, lifetime.Reason);
        }

        await using (transfer)
        {
            setHeaders(context.Response);
            await SendAsync(context, plan, transfer);
        }

        return null;
    }

    private async Task SendAsync(HttpContext context, DownloadPlan plan, ArchiveTransfer transfer)
    {
        await using var callback = transfer.ReachesEnd
            ? await callbacks.BeginAsync(plan, context.TraceIdentifier, transfer.IfInterruptedNow)
            : null;
        report.Started();
        var outcome = await transfer.RunAsync(context.Response.BodyWriter);
        report.Ended(plan.RecordId, outcome);
        try
        {
            if (outcome.Status == DownloadStatus.Failed)
            {
                context.Abort();
            }
            else
            {
                // The client has all of it: it waits neither for the queue nor for what is remembered of the objects.
                await context.Response.CompleteAsync();
            }
        }
        finally
        {
            if (callback is not null)
            {
                await callback.EndAsync(outcome);
            }
        }
    }

    /// <summary>What a request that was ended before its first byte is answered.</summary>
    /// <returns>Null when nobody is left to answer.</returns>
    public Rejection? EndedEarly(string id, FailureReason reason)
    {
        switch (reason)
        {
            case FailureReason.ClientDisconnected:
                report.ClientLeftEarly(id);
                return null;
            case FailureReason.Interrupted:
                return DownloadGate.GoingDown;
            default:
                return new Rejection(RejectionReason.PlanningTimedOut) { Detail = "no first byte in time (REQUEST_TIMEOUT, MAX_DOWNLOAD_DURATION)" };
        }
    }
}
