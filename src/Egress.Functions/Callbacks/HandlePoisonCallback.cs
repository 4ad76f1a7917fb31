using Azure.Storage.Queues.Models;
using Egress.Callbacks.Delivery;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>Handles a callback that Egress or the host moved to the poison queue.</summary>
public sealed class HandlePoisonCallback(PoisonHandler poison)
{
    /// <summary>Reports the callback, and moves it to a queue without a trigger, where it waits for a replay.</summary>
    [Function(nameof(HandlePoisonCallback))]
    public Task RunAsync([QueueTrigger(QueueNames.PoisonCallbacks)] QueueMessage message, CancellationToken hostStopping) =>
        poison.HandleAsync(message.MessageText, hostStopping);
}
