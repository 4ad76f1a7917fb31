using Egress.Backends;
using Egress.Deliveries;
using Egress.Downloads;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Streaming;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http;

/// <summary>Responds with a planned archive or a range of it, and reports how the download ended. Safe for concurrent use.</summary>
internal sealed class DownloadResponder(
    ArchiveStreamer streamer, ManifestCache manifests, DeliveryTracker deliveries, LinkUse use, DisconnectVerdict verdict, CachePolicy caching,
    DownloadReport report, ResponseTails tails, TimeProvider time)
{
    /// <summary>
    /// Sends the archive. If the transfer fails after the response has started, the connection is aborted, so that the archive does not look
    /// complete.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="plan">The archive.</param>
    /// <param name="wanted">The range of bytes.</param>
    /// <param name="slot">The slot of the download. Other downloads may use it as soon as everything has been sent.</param>
    /// <param name="lifetime">Ends the download.</param>
    /// <returns>The refusal, if the limit of the link is used up or reserved; null if the archive was sent, or the transfer failed.</returns>
    /// <exception cref="BackendException">An object cannot be read, or the database failed. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">The download was ended. Nothing was sent.</exception>
    public async Task<Rejection?> SendAsync(HttpContext context, DownloadPlan plan, ConditionalRequest wanted, DownloadSlot slot, DownloadLifetime lifetime)
    {
        var response = context.Response;
        var (refused, reservation) = await use.BeginAsync(plan, wanted.Range, lifetime.Token);
        if (refused is not null)
        {
            return refused;
        }

        await using var parts = new DownloadParts(reservation);
        var transfer = parts.Transfer = await streamer.OpenAsync(plan, plan.File?.InArchive(wanted.Range) ?? wanted.Range, lifetime);
        await transfer.PrepareAsync(response.BodyWriter);

        SetHeaders(response, plan, wanted);
        var callback = parts.Callback = await deliveries.BeginAsync(plan, wanted.Range, wanted.IsOpen, context.TraceIdentifier, transfer.IfInterruptedNow);
        report.Started();
        var sent = await transfer.SendAsync();
        var ended = time.GetUtcNow();
        slot.EndSending();
        var outcome = await SettleAsync(context, plan, parts, sent);
        try
        {
            if (outcome.Status == DownloadStatus.Failed)
            {
                context.Abort();
            }
            else
            {
                // The response is completed first, so that the client does not wait until the callback is on the queue and checksums are stored.
                await response.CompleteAsync();
            }
        }
        finally
        {
            if (callback is not null || reservation is not null || plan.Link is not null || transfer.HasChecksumsToStore)
            {
                var ending = parts.HandOver();
                await tails.RunAsync(slot, () => EndAsync(ending, plan, outcome, ended));
            }
        }

        return null;
    }

    /// <summary>Decides why the download ended, reports the outcome, and returns it.</summary>
    private async Task<DownloadOutcome> SettleAsync(HttpContext context, DownloadPlan plan, DownloadParts parts, DownloadOutcome sent)
    {
        if (sent.Reason == FailureReason.ClientDisconnected)
        {
            // The buffers and the reservation are released before it is decided why the client disconnected, because it may resume immediately.
            await (parts.Transfer?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (parts.Reservation?.EndAsync(sent) ?? Task.CompletedTask);
        }

        var outcome = await verdict.SettleAsync(context, sent);
        report.Ended(context, outcome);
        if (outcome.Reason == FailureReason.ObjectChanged)
        {
            manifests.Drop(plan.KeptManifest);
        }

        return outcome;
    }

    /// <summary>Does the work after the response: releases the reservation, ends the callback, and stores the transfer with its link.</summary>
    private async Task EndAsync(DownloadParts parts, DownloadPlan plan, DownloadOutcome outcome, DateTimeOffset endedAt)
    {
        await using var owned = parts;

        // The reservation is released first, because the client may send its next request immediately.
        await (parts.Reservation?.EndAsync(outcome) ?? Task.CompletedTask);
        if (parts.Callback is not null)
        {
            await parts.Callback.EndAsync(outcome);
        }

        await use.EndedAsync(plan, outcome, endedAt);
    }

    /// <summary>Sets the headers of the response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="plan">The archive.</param>
    /// <param name="wanted">The range of bytes.</param>
    public void SetHeaders(HttpResponse response, DownloadPlan plan, ConditionalRequest wanted)
    {
        var headers = response.Headers;
        caching.SetDefault(headers);
        report.HeadersDropped(CustomHeaders.Apply(headers, plan.CustomHeaders));
        caching.Limit(response, response.HttpContext.Request.Query["expiry"], plan.Link?.MaxDownloads is not null);
        headers.XContentTypeOptions = "nosniff";
        wanted.SetHeaders(response, plan.ETag, plan.Length);
        if (plan.File is { } file)
        {
            SetHeaders(headers, file);
        }

        if (wanted.Status != StatusCodes.Status304NotModified)
        {
            response.ContentType = plan.File is null ? "application/zip" : FileContentType.Of(plan.File.Name);
            headers.ContentDisposition = Attachment.Header(plan.File?.Name ?? plan.ArchiveName);
        }
    }

    /// <summary>
    /// Sets the headers of a single file. The content is not trusted, so a content security policy keeps a browser from running it, even if the
    /// browser ignores the media type and the disposition.
    /// </summary>
    private static void SetHeaders(IHeaderDictionary headers, PlannedFile file)
    {
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (file.Entry.Modified is { } modified)
        {
            headers.LastModified = HeaderUtilities.FormatDate(modified);
        }
    }
}
