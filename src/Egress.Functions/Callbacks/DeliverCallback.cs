using Azure.Storage.Queues.Models;
using Egress.Callbacks.Delivery;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>Delivers a callback that is due.</summary>
public sealed class DeliverCallback(CallbackDelivery callbacks)
{
    /// <summary>
    /// Returns if the host shall remove the message. Throws if the message must become visible again; the host counts these attempts.
    /// </summary>
    [Function(nameof(DeliverCallback))]
    public Task RunAsync([QueueTrigger(QueueNames.Callbacks)] QueueMessage message, CancellationToken hostStopping) =>
        callbacks.DeliverAsync(message.MessageText, (int)message.DequeueCount, hostStopping);
}
