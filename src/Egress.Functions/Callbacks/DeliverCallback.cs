using Azure.Storage.Queues.Models;
using Egress.Callbacks.Delivery;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>Delivers the callback of a queue message.</summary>
public sealed class DeliverCallback(CallbackDelivery callbacks)
{
    /// <summary>
    /// Delivers one callback. The host removes the message when this method returns, and makes it visible again when it throws. The host counts the
    /// attempts.
    /// </summary>
    [Function(nameof(DeliverCallback))]
    public Task RunAsync([QueueTrigger(QueueNames.Callbacks)] QueueMessage message, CancellationToken hostStopping) =>
        callbacks.DeliverAsync(message.MessageText, (int)message.DequeueCount, hostStopping);
}
