using Egress.Backends;
using Egress.Callbacks;
using Egress.Callbacks.Outbox;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Deliveries;

/// <summary>A response whose bytes count towards a delivery. It is stored when it begins, while it runs (regularly), and when it ends.</summary>
/// <param name="tracker">The tracker of all responses.</param>
/// <param name="plan">The archive.</param>
/// <param name="range">The range of bytes, as it is stored.</param>
/// <param name="requestId">Id of the request.</param>
/// <param name="ifInterruptedNow">Returns the outcome that the response would have if it ended now.</param>
internal sealed class TrackedResponse(
    DeliveryTracker tracker, DownloadPlan plan, TrackedRange range, string requestId, Func<DownloadOutcome> ifInterruptedNow) : IDownloadCallback
{
    private const int RenewalsPerLease = 5;

    /// <summary>How long a response waits at its end for a failing store. After it, the retries continue in the background.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    /// <summary>The delay before a retry after the store failed.</summary>
    internal static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>The delay before a retry after <see cref="EndLimit"/> has passed.</summary>
    internal static readonly TimeSpan LateRetryDelay = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _ended = new();
    private Task _renewal = Task.CompletedTask;

    /// <summary>Whether the store contains this response.</summary>
    private volatile bool _isBegun;

    /// <summary>Key of the delivery.</summary>
    public string Key => range.Key;

    private CallbackOutbox Outbox => tracker.Outbox;

    /// <summary>Begins the response.</summary>
    /// <param name="isSlice">Whether the range is short, so that the response is stored only at its end, unless it takes long.</param>
    /// <returns>False if the store does not keep deliveries.</returns>
    public async Task<bool> BeginAsync(bool isSlice)
    {
        tracker.Live.Add(this);
        if (!isSlice && !await TryStoreAsync(Begin))
        {
            tracker.Live.Remove(this);
            return false;
        }

        _renewal = RenewAsync();
        return true;
    }

    /// <inheritdoc/>
    public async Task EndAsync(DownloadOutcome outcome)
    {
        using var span = range.To >= plan.Layout.Length ? EgressTraces.StartEnqueue(plan.RecordId, requestId) : null;
        await StopRenewingAsync();
        using var limit = Outbox.Limit(EndLimit);
        while (true)
        {
            try
            {
                await StoreAsync((delivery, now) => End(delivery, outcome, now));
                return;
            }
            catch (BackendException fault)
            {
                var isOver = tracker.Refuses(fault);
                if (!isOver)
                {
                    tracker.Report.Failed(fault);
                    await Task.Delay(RetryDelay, Outbox.Time, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    isOver = limit.Token.IsCancellationRequested;
                }

                if (isOver && !IsStored(fault))
                {
                    await ReportAloneAsync(outcome, fault);
                    return;
                }

                if (isOver)
                {
                    // Retries in the background, so that no sweep reports the response as failed. The client does not wait for that.
                    _ = EndLateAsync(outcome);
                    return;
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopRenewingAsync();
        _ended.Dispose();
    }

    /// <summary>Stores that the response is still running, and the bytes that it has sent.</summary>
    public void Renew(Delivery delivery, DateTimeOffset now)
    {
        var outcome = ifInterruptedNow();
        delivery.Renew(range with { Sent = SentIn(outcome) }, outcome.FilesSucceeded, requestId, now);
    }

    /// <summary>
    /// Stores that the response has begun. Also renews the other responses of the same archive in this process, so that this one does not count as
    /// their resumption.
    /// </summary>
    private DownloadOutcome? Begin(Delivery delivery, DateTimeOffset now)
    {
        delivery.Begin(range, requestId, now);
        foreach (var other in tracker.Live.Of(range.Key).Where(other => other != this && other._isBegun))
        {
            other.Renew(delivery, now);
        }

        return null;
    }

    private DownloadOutcome? End(Delivery delivery, DownloadOutcome outcome, DateTimeOffset now)
    {
        if (range.IsWhole && !_isBegun)
        {
            delivery.Begin(range, requestId, now); // the store failed at the start of the response
        }

        return delivery.End(range with { Sent = SentIn(outcome) }, outcome, requestId, now);
    }

    /// <summary>
    /// Returns the number of bytes that count as sent. The last byte of a failed response never counts, because the client may not have received it.
    /// </summary>
    private long SentIn(DownloadOutcome outcome) => outcome.Status == DownloadStatus.Failed
        ? Math.Min(outcome.DeliveredBytes, range.To - range.From - 1)
        : range.To - range.From;

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(Outbox.Lease / RenewalsPerLease, Outbox.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                await TryStoreAsync((delivery, now) =>
                {
                    Renew(delivery, now);
                    return null;
                });
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The response has ended.
        }
    }

    /// <returns>False if the store does not keep deliveries.</returns>
    private async Task<bool> TryStoreAsync(DeliveryChange change)
    {
        try
        {
            await StoreAsync(change);
            _isBegun = true;
        }
        catch (BackendException fault)
        {
            if (tracker.Refuses(fault))
            {
                return false;
            }

            tracker.Report.Failed(fault);
        }

        return true;
    }

    private async Task StoreAsync(DeliveryChange change)
    {
        var compose = DeliveryMessages.OfResponse(range.Id, requestId, Outbox.Time);
        var callbacks = await tracker.Updates.ApplyAsync(range.Key, now => DeliveryTracker.Create(plan, now), change, compose);
        await tracker.Announcer.AnnounceAsync(range.Key, callbacks);
    }

    /// <summary>Retries storing the end of the response until it succeeds. If the process ends earlier, the response is reported as interrupted.</summary>
    private async Task EndLateAsync(DownloadOutcome outcome)
    {
        while (true)
        {
            await Task.Delay(LateRetryDelay, Outbox.Time);
            try
            {
                await StoreAsync((delivery, now) => End(delivery, outcome, now));
                return;
            }
            catch (BackendException fault) when (IsStored(fault))
            {
                // The failure was logged when the response ended.
            }
            catch (BackendException fault)
            {
                await ReportAloneAsync(outcome, fault);
                return;
            }
        }
    }

    /// <summary>
    /// Whether the store still lists this response as running although storing its end failed. A delivery that cannot be read is not reported by any
    /// instance.
    /// </summary>
    private bool IsStored(BackendException fault) => _isBegun && fault.Fault != BackendFault.Malformed;

    /// <summary>Reports this response on its own, not as part of a delivery, because the store cannot be written.</summary>
    private async Task ReportAloneAsync(DownloadOutcome outcome, BackendException fault)
    {
        tracker.Report.Lost(requestId, plan.RecordId, fault);
        if (range.To >= plan.Layout.Length)
        {
            var payload = CallbackPayload.From(plan.RecordId, requestId, outcome, Outbox.Time.GetUtcNow());
            using var limit = Outbox.Limit(DeliveryAnnouncer.Limit);
            await Outbox.PutAsync(CallbackMessage.Create($"msg_{range.Id}", plan.Callback!.Trim(), payload), limit.Token);
        }
    }

    private async Task StopRenewingAsync()
    {
        await _ended.CancelAsync();
        await _renewal;
        tracker.Live.Remove(this);
    }
}
