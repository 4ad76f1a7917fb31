using Egress.Queues;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Callbacks.Outbox;

/// <summary>
/// The callback of one running download. Its lease is a message with the state of the last renewal and the status <c>interrupted</c>. The message is
/// invisible while it is renewed, and becomes the final message at the end (docs/decisions/0002-callback-lease.md).
/// </summary>
internal sealed class CallbackLease(
    CallbackOutbox outbox, string recordId, string url, string requestId, Func<DownloadOutcome> ifInterruptedNow) : IDownloadCallback
{
    private const int RenewalsPerLease = 5;

    /// <summary>
    /// The time limit for adding a lease. SQLite reacts to a cancellation after up to a second, so the first byte of a download waits at most five
    /// seconds for the queue.
    /// </summary>
    private static readonly TimeSpan LeaseLimit = TimeSpan.FromSeconds(3.5);

    /// <summary>The time limit for all calls at the end of a download. After it the final message is put into the spool or the log.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ended = new();

    /// <summary>Cancels a running renewal, after <see cref="_ended"/>. The receipt of the lease is unknown then.</summary>
    private readonly CancellationTokenSource _abandoned = new();

    private Task _renewal = Task.CompletedTask;
    private QueueReceipt? _receipt;

    /// <summary>
    /// The <c>webhook-id</c> of every lease of this download, with which <c>interrupted</c> may be delivered. The end is sent with this id only if no
    /// other lease can be on the queue.
    /// </summary>
    private string _leaseId = "";

    /// <summary>Whether the queue may have a lease without a receipt in this process, because adding it failed or was not confirmed.</summary>
    private bool _hasDoubtfulLease;

    /// <summary>Adds the lease and begins to renew it.</summary>
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
        await _renewal; // waits for a running renewal within the limit, because the receipt is unknown after a cancellation
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

    /// <summary>Ends the renewals. Without a call to <see cref="EndAsync"/> before it, the lease expires and reports an interruption.</summary>
    public async ValueTask DisposeAsync()
    {
        _ended.Cancel();
        _abandoned.Cancel();
        await _renewal;
        _abandoned.Dispose();
        _ended.Dispose();
    }

    /// <summary>Sends the end with another id, because <c>interrupted</c> may have been delivered with the id of the leases.</summary>
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

    /// <returns>False if a consumer has taken the lease.</returns>
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

    /// <summary>Adds a lease. All leases of a download have one id, so that the final message can supersede all of them.</summary>
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
