using Egress.Backends;
using Egress.Callbacks;
using Egress.Callbacks.Outbox;

namespace Egress.Deliveries;

/// <summary>
/// Puts the callbacks of deliveries on the queue, and then removes them from the store. If a process dies in between, the callbacks stay in the
/// store, and another process puts them on the queue with the same <c>webhook-id</c>. Safe for concurrent use.
/// </summary>
internal sealed class DeliveryAnnouncer(DeliveryUpdates updates, CallbackOutbox outbox, DeliveryReport report)
{
    /// <summary>The time limit for calls of the queue. After it, the callback stays in the store for a later attempt.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Puts callbacks on the queue. Does not throw if the queue or the store fails.</summary>
    /// <param name="key">Key of the delivery.</param>
    /// <param name="messages">The callbacks, which this process has the exclusive right to put on the queue.</param>
    public async Task AnnounceAsync(string key, IReadOnlyList<CallbackMessage> messages)
    {
        if (messages.Count == 0)
        {
            return;
        }

        using var limit = outbox.Limit(Limit);
        foreach (var message in messages)
        {
            if (await outbox.TryPutAsync(message, limit.Token))
            {
                report.Ended(message);
                await ForgetAsync(key, message.Id);
            }
            else
            {
                report.Waits(message);
            }
        }
    }

    private async Task ForgetAsync(string key, string messageId)
    {
        try
        {
            await updates.ApplyAsync(
                key,
                create: null,
                (delivery, _) =>
                {
                    delivery.Unsent.RemoveAll(message => message.Id == messageId);
                    return null;
                },
                DeliveryMessages.OfSettled(outbox.Time));
        }
        catch (BackendException fault)
        {
            // The callback is put on the queue again later, with the same id.
            report.Failed(fault);
        }
    }
}
