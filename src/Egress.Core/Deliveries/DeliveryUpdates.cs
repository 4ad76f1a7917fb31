using Egress.Backends;
using Egress.Callbacks;
using Egress.Downloads;
using Egress.Records.Roles;

namespace Egress.Deliveries;

/// <summary>A change of a delivery. It may be called several times, each time with the current state in the store.</summary>
/// <param name="delivery">The delivery.</param>
/// <param name="now">The current time.</param>
/// <returns>The outcome to report; null if the delivery is not reported now.</returns>
internal delegate DownloadOutcome? DeliveryChange(Delivery delivery, DateTimeOffset now);

/// <summary>
/// Changes deliveries in the store. Changes of a delivery that arrive during a write are combined in the next write, so that many slices of one
/// archive need few statements. Safe for concurrent use.
/// </summary>
internal sealed class DeliveryUpdates(IDeliveryStore store, DeliveryTimes times, TimeProvider time, DeliveryReport report)
{
    /// <summary>How many times a change is tried that conflicts with changes of other instances.</summary>
    internal const int MostAttempts = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Update>> _waiting = [];

    /// <summary>Changes a delivery.</summary>
    /// <param name="key">Key of the delivery.</param>
    /// <param name="create">Creates the delivery if the store does not have it; null to change nothing in that case.</param>
    /// <param name="change">The change.</param>
    /// <param name="compose">Creates the callback if the delivery ends with the change.</param>
    /// <returns>
    /// The callbacks that the caller must put on the queue. No other process puts them there until <see cref="DeliveryTimes.Lease"/> has passed.
    /// </returns>
    /// <exception cref="BackendException">The store refused, failed or did not answer in time. The change may have been made.</exception>
    public Task<IReadOnlyList<CallbackMessage>> ApplyAsync(
        string key, Func<DateTimeOffset, Delivery>? create, DeliveryChange change, Func<Delivery, DownloadOutcome, CallbackMessage> compose)
    {
        var update = new Update(create, change, compose);
        lock (_lock)
        {
            if (_waiting.TryGetValue(key, out var waiting))
            {
                waiting.Add(update);
                return update.Task;
            }

            _waiting[key] = [update];
        }

        _ = WriteAsync(key);
        return update.Task;
    }

    /// <summary>Writes until no change of the delivery is pending. Does not throw: a failure is passed to the pending changes.</summary>
    private async Task WriteAsync(string key)
    {
        while (true)
        {
            List<Update> batch;
            lock (_lock)
            {
                batch = _waiting[key];
                if (batch.Count == 0)
                {
                    _waiting.Remove(key);
                    return;
                }

                _waiting[key] = [];
            }

            try
            {
                await WriteAsync(key, batch);
                batch.ForEach(static update => update.Succeed());
            }
            catch (Exception failure)
            {
                batch.ForEach(update => update.Fail(failure));
            }
        }
    }

    private async Task WriteAsync(string key, List<Update> batch)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            if (await TryWriteAsync(key, batch))
            {
                return;
            }
        }

        throw new BackendException(
            Backend.Database, BackendFault.Unavailable, $"The delivery '{key}' changes all the time, and could not be changed.");
    }

    private async Task<bool> TryWriteAsync(string key, List<Update> batch)
    {
        var stored = await store.FindAsync(key, CancellationToken.None);
        var now = time.GetUtcNow();
        batch.ForEach(static update => update.Callbacks.Clear());
        var delivery = stored is null ? null : DeliveryForm.TryRead(stored.State);
        delivery ??= batch.Find(static update => update.Create is not null)?.Create!(now);
        if (delivery is null)
        {
            return stored is null || await TryPostponeAsync(key, stored, now);
        }

        batch[0].AddCallback(delivery, delivery.Settle(times, now), now + times.Lease);
        foreach (var update in batch)
        {
            update.AddCallback(delivery, update.Change(delivery, now), now + times.Lease);
        }

        var expected = stored?.Version ?? 0;
        if (delivery.IsOver(times, now))
        {
            return stored is null || await store.TryRemoveAsync(key, expected, CancellationToken.None);
        }

        return await TryPutAsync(key, expected, delivery.DueAt(times), DeliveryForm.Write(delivery), now);
    }

    /// <summary>
    /// Postpones a delivery that cannot be read. Its state is not changed, because an instance of a newer version may be able to read it.
    /// </summary>
    private async Task<bool> TryPostponeAsync(string key, VersionedState stored, DateTimeOffset now)
    {
        if (stored.DueAt > now)
        {
            return true;
        }

        report.Unreadable(key);
        return await TryPutAsync(key, stored.Version, now + times.Window, stored.State, now);
    }

    private ValueTask<bool> TryPutAsync(string key, long expected, DateTimeOffset dueAt, string state, DateTimeOffset now)
    {
        // The store keeps whole milliseconds, so the current time is truncated.
        var version = Math.Max(expected + 1, now.ToUnixTimeMilliseconds());
        var due = DateTimeOffset.FromUnixTimeMilliseconds(dueAt.ToUnixTimeMilliseconds());
        return store.TryPutAsync(key, expected, new VersionedState(version, due, state), CancellationToken.None);
    }

    /// <summary>A change of a delivery that waits to be written.</summary>
    private sealed class Update(
        Func<DateTimeOffset, Delivery>? create, DeliveryChange change, Func<Delivery, DownloadOutcome, CallbackMessage> compose)
    {
        private readonly TaskCompletionSource<IReadOnlyList<CallbackMessage>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<DateTimeOffset, Delivery>? Create => create;

        public DeliveryChange Change => change;

        public List<CallbackMessage> Callbacks { get; } = [];

        public Task<IReadOnlyList<CallbackMessage>> Task => _done.Task;

        public void AddCallback(Delivery delivery, DownloadOutcome? outcome, DateTimeOffset until)
        {
            if (outcome is not null)
            {
                // If it is unknown whether an earlier try took effect, the repeated change finds the callback that it added.
                var message = compose(delivery, outcome);
                var known = delivery.Unsent.Find(other => other.Id == message.Id);
                if (known is null)
                {
                    delivery.Unsent.Add(message);
                }

                delivery.SendingUntil = until;
                Callbacks.Add(known ?? message);
            }
        }

        public void Succeed() => _done.SetResult(Callbacks);

        public void Fail(Exception failure) => _done.SetException(failure);
    }
}
