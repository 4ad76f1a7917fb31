using Egress.Backends;
using Egress.Callbacks;
using Egress.Records.Roles;

namespace Egress.Deliveries;

/// <summary>
/// Settles deliveries that are due: transfers that were not resumed in time, and callbacks that a process could not put on the queue. Several
/// instances may sweep at the same time, because a compare-and-set in the store lets only one of them change a delivery. Safe for concurrent use.
/// </summary>
public sealed class DeliverySweep
{
    /// <summary>The largest number of deliveries that one sweep settles. The next sweep continues.</summary>
    internal const int Most = 500;

    private readonly IDeliveryStore _store;
    private readonly DeliveryTracker _tracker;
    private readonly DeliveryTimes _times;

    internal DeliverySweep(IDeliveryStore store, DeliveryTracker tracker, DeliveryTimes times) => (_store, _tracker, _times) = (store, tracker, times);

    /// <summary>Settles deliveries that are due. Does not throw if the store or the queue fails.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        if (!_tracker.IsOn)
        {
            return;
        }

        try
        {
            foreach (var key in await _store.FindDueAsync(_tracker.Outbox.Time.GetUtcNow(), Most, cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await TrySettleAsync(key);
            }
        }
        catch (BackendException fault)
        {
            if (!_tracker.Refuses(fault))
            {
                _tracker.Report.SweepFailed(fault);
            }
        }
    }

    /// <summary>Settles one delivery. A failure is logged, so that the other deliveries are still settled.</summary>
    private async Task TrySettleAsync(string key)
    {
        try
        {
            await SettleAsync(key);
        }
        catch (Exception failure) when (failure is not BackendException { Fault: not BackendFault.Malformed })
        {
            _tracker.Report.SettleFailed(key, failure);
        }
    }

    /// <summary>
    /// Settles a delivery, and puts its callbacks on the queue. <c>UpdateAsync</c> does the settling. The change here only takes over callbacks that
    /// another process had the right to put on the queue.
    /// </summary>
    private async Task SettleAsync(string key)
    {
        List<CallbackMessage> abandoned = [];
        var callbacks = await _tracker.Updates.ApplyAsync(
            key,
            create: null,
            (delivery, now) =>
            {
                abandoned.Clear();
                if (delivery.Unsent.Count > 0 && now >= delivery.SendingUntil)
                {
                    abandoned.AddRange(delivery.Unsent);
                    delivery.SendingUntil = now + _times.Lease;
                }

                return null;
            },
            DeliveryMessages.OfSettled(_tracker.Outbox.Time));
        await _tracker.Announcer.AnnounceAsync(key, [.. abandoned, .. callbacks]);
    }
}
