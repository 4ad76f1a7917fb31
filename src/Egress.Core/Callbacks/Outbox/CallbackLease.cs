using Egress.Queues;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Callbacks.Outbox;

/// <summary>
/// The callback of one running download. Its lease is a message that says <c>interrupted</c> as of the last renewal. The message stays
/// invisible while it is renewed, and becomes the final message at the end (docs/decisions/0002-callback-lease.md).
/// </summary>
internal sealed class CallbackLease(
    CallbackOutbox outbox, string recordId, string url, string requestId, Func<DownloadOutcome> ifInterruptedNow) : IDownloadCallback
{
    private const int RenewalsPerLease = 5;

    /// <summary>
    /// How long adding a lease may take. SQLite observes no cancellation for about a second, so the first byte of a download waits at most five
    /// seconds for the queue.
    /// </summary>
    private static readonly TimeSpan LeaseLimit = TimeSpan.FromSeconds(3.5);

    /// <summary>How long all calls at the end of a download may take together. The spool or the log gets the final message after that.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ended = new();

    /// <summary>Cancels a running renewal, after <see cref="_ended"/>. Its receipt is then unknown.</summary>
    private readonly CancellationTokenSource _abandoned = new();

    private Task _renewal = Task.CompletedTask;
    private QueueReceipt? _receipt;

    /// <summary>
    /// The <c>webhook-id</c> of every lease of this download, under which <c>interrupted</c> may arrive. The end is sent under it only when no
    /// other lease can be on the queue.
    /// </summary>
    private string _leaseId = "";

    /// <summary>Whether the queue may hold a lease that this process has no receipt for: adding it failed, or was not confirmed.</summary>
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
        await _renewal; // a running renewal is waited for within the limit: cancelling it leaves the receipt unknown
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

    /// <summary>Sends the end under another id, because <c>interrupted</c> may have been delivered under the id of the leases.</summary>
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

    /// <returns>False when a consumer has taken the lease.</returns>
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
