using Egress.Callbacks.Queues;
using Egress.Downloads;
using Egress.Telemetry;

namespace Egress.Callbacks.Outbox;

/// <summary>
/// The callback of one running download. Its lease is a message that says <c>interrupted</c> as of the last renewal; it stays
/// invisible while it is renewed, and becomes the final message at the end.
/// </summary>
internal sealed class CallbackLease(
    CallbackOutbox outbox, string recordId, string url, string requestId, Func<DownloadOutcome> ifInterruptedNow) : IAsyncDisposable
{
    private const int RenewalsPerLease = 5;

    /// <summary>The first byte of a download waits no longer than this for the queue.</summary>
    private static readonly TimeSpan LeaseLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _ended = new();
    private Task _renewal = Task.CompletedTask;
    private QueueReceipt? _receipt;

    /// <summary>The <c>webhook-id</c> under which <c>interrupted</c> may arrive; nothing else goes out under it unless the lease is held.</summary>
    private string _leaseId = "";

    /// <summary>An earlier one: putting that lease failed, and yet it may be on the queue.</summary>
    private string? _doubtfulId;

    /// <summary>Puts the lease and begins to renew it.</summary>
    public async Task BeginAsync()
    {
        await LeaseAsync();
        _renewal = RenewAsync();
    }

    /// <summary>Says how the download ended. Never throws for a queue that fails.</summary>
    public async Task EndAsync(DownloadOutcome outcome)
    {
        using var span = EgressTraces.StartEnqueue(recordId, requestId);
        await StopRenewingAsync();
        var payload = CallbackPayload.From(recordId, requestId, outcome, outbox.Time.GetUtcNow());
        try
        {
            if (_receipt is { } receipt)
            {
                var text = CallbackMessage.Create(_leaseId, url, payload with { Supersedes = _doubtfulId }).Write();
                if (await outbox.RetryAsync(cancellation => outbox.Queue.UpdateAsync(receipt, text, TimeSpan.Zero, cancellation)) is not null)
                {
                    return;
                }

                outbox.Report.LeaseLost(_leaseId);
            }

            await outbox.PutAsync(OwnMessage(payload));
        }
        catch (CallbackQueueException failure)
        {
            await outbox.StoreAsync(OwnMessage(payload), failure);
        }
    }

    /// <summary>Ends the renewals. Without <see cref="EndAsync"/> before it the lease runs out and reports an interruption.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopRenewingAsync();
        _ended.Dispose();
    }

    private async Task StopRenewingAsync()
    {
        await _ended.CancelAsync();
        await _renewal; // one under way is waited for: cut off, it would leave the receipt unknown
    }

    /// <summary>The end under an id of its own: <c>interrupted</c> has gone out under the lease's, or may yet.</summary>
    private CallbackMessage OwnMessage(CallbackPayload payload) =>
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

    /// <returns>False when there is nothing to renew any more.</returns>
    private async Task<bool> RenewOnceAsync()
    {
        if (_receipt is not { } receipt)
        {
            await LeaseAsync();
            return true;
        }

        try
        {
            _receipt = await outbox.Queue.UpdateAsync(receipt, LeaseText(), outbox.Lease, CancellationToken.None);
        }
        catch (CallbackQueueException failure)
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

    /// <summary>Puts a lease, each time under a new id: one that failed may be there, and may deliver what the next one contradicts.</summary>
    private async Task LeaseAsync()
    {
        _doubtfulId = _leaseId.Length > 0 ? _leaseId : null;
        _leaseId = NewId();
        using var limit = new CancellationTokenSource(LeaseLimit, outbox.Time);
        try
        {
            _receipt = await outbox.Queue.LeaseAsync(LeaseText(), outbox.Lease, limit.Token);
        }
        catch (Exception failure) when (failure is CallbackQueueException or OperationCanceledException)
        {
            outbox.Report.LeaseFailed(_leaseId, failure);
        }
    }

    private string LeaseText() =>
        CallbackMessage.Create(_leaseId, url, CallbackPayload.From(recordId, requestId, ifInterruptedNow(), outbox.Time.GetUtcNow())).Write();

    private string NewId() => "msg_" + Guid.CreateVersion7(outbox.Time.GetUtcNow()).ToString("N");
}
