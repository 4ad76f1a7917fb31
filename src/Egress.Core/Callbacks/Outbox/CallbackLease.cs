using Egress.Queues;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Callbacks.Outbox;

/// <summary>
/// The callback of one running download. Its lease is a queue message with the outcome as of the last renewal and the status <c>interrupted</c>. The
/// message stays invisible while it is renewed. When the download ends, it becomes the final message (docs/decisions/0002-callback-lease.md).
/// </summary>
internal sealed class CallbackLease(
    CallbackOutbox outbox, string recordId, string url, string requestId, Func<DownloadOutcome> ifInterruptedNow) : IDownloadCallback
{
    private const int RenewalsPerLease = 5;

    /// <summary>
    /// The time limit for adding a lease. SQLite reacts to a cancellation after up to a second, so the queue delays the first byte of a download by
    /// at most five seconds.
    /// </summary>
    private static readonly TimeSpan LeaseLimit = TimeSpan.FromSeconds(3.5);

    /// <summary>The time limit for all queue calls at the end of a download. After it, the final message is stored in the spool or logged.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ended = new();

    /// <summary>Cancels a running renewal after <see cref="_ended"/>. A canceled renewal leaves the receipt of the lease unknown.</summary>
    private readonly CancellationTokenSource _abandoned = new();

    private Task _renewal = Task.CompletedTask;
    private QueueReceipt? _receipt;

    /// <summary>
    /// The <c>webhook-id</c> of all leases of this download. A receiver may have got <c>interrupted</c> with it, so the end of the download has this
    /// id only if no other lease can be on the queue.
    /// </summary>
    private string _leaseId = "";

    /// <summary>Whether the queue may contain a lease whose receipt this process does not know, because adding it failed or was not confirmed.</summary>
    private bool _hasDoubtfulLease;

    /// <summary>Adds the lease, and starts renewing it.</summary>
    public async Task BeginAsync()
    {
        _leaseId = NewId();
        await LeaseAsync();
        _renewal = RenewAsync();
    }

    /// <inheritdoc/>
    public async Task EndAsync(DownloadOutcome outcome)
    {
        using var span = EgressTraces.StartEnqueue(recordId, requestId);
        _ended.Cancel();
        using var limit = outbox.Limit(EndLimit);
        await using var abandonment = limit.Token.Register(_abandoned.Cancel);
        await _renewal; // wait for a running renewal within the limit, because a canceled one leaves the receipt unknown
        var payload = CallbackPayload.From(recordId, requestId, outcome, outbox.Time.GetUtcNow());
        try
        {
            if (_receipt is { } receipt)
            {
                var final = _hasDoubtfulLease ? SupersedingMessage(payload) : CallbackMessage.Create(_leaseId, url, payload);
                var text = final.Write();
                if (await outbox.RetryAsync(token => outbox.Queue.UpdateAsync(receipt, text, TimeSpan.Zero, token), limit.Token) is not null)
                {
                    return;
                }

                outbox.Report.LeaseLost(_leaseId);
            }

            await outbox.PutAsync(SupersedingMessage(payload), limit.Token);
        }
        catch (QueueException failure)
        {
            await outbox.StoreAsync(SupersedingMessage(payload), failure);
        }
    }

    /// <summary>Stops the renewals. If <see cref="EndAsync"/> was not called, the lease expires and the receiver gets <c>interrupted</c>.</summary>
    public async ValueTask DisposeAsync()
    {
        _ended.Cancel();
        _abandoned.Cancel();
        await _renewal;
        _abandoned.Dispose();
        _ended.Dispose();
    }

    /// <summary>Returns the end of the download with another id, because the receiver may have got <c>interrupted</c> with the id of the leases.</summary>
    private CallbackMessage SupersedingMessage(CallbackPayload payload) =>
        CallbackMessage.Create(NewId(), url, payload with { Supersedes = _leaseId });

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(outbox.Lease / RenewalsPerLease, outbox.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (!await RenewOnceAsync())
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The download ended.
        }
    }

    /// <returns>False if another consumer has taken the lease.</returns>
    private async Task<bool> RenewOnceAsync()
    {
        if (_receipt is not { } receipt)
        {
            await LeaseAsync();
            return true;
        }

        try
        {
            _receipt = await outbox.Queue.UpdateAsync(receipt, LeaseText(), outbox.Lease, _abandoned.Token);
        }
        catch (QueueException failure)
        {
            outbox.Report.LeaseFailed(_leaseId, failure);
            return true;
        }

        if (_receipt is null)
        {
            outbox.Report.LeaseLost(_leaseId);
        }

        return _receipt is not null;
    }

    /// <summary>Adds a lease. All leases of a download have the same id, so that the final message can supersede all of them.</summary>
    private async Task LeaseAsync()
    {
        using var limit = outbox.Limit(LeaseLimit);
        using var calls = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _abandoned.Token);
        try
        {
            _receipt = await outbox.Queue.LeaseAsync(LeaseText(), outbox.Lease, calls.Token);
        }
        catch (Exception failure) when (failure is QueueException or OperationCanceledException)
        {
            _hasDoubtfulLease = true;
            outbox.Report.LeaseFailed(_leaseId, failure);
        }
    }

    private string LeaseText() =>
        CallbackMessage.Create(_leaseId, url, CallbackPayload.From(recordId, requestId, ifInterruptedNow(), outbox.Time.GetUtcNow())).Write();

    private string NewId() => "msg_" + Guid.CreateVersion7(outbox.Time.GetUtcNow()).ToString("N");
}
