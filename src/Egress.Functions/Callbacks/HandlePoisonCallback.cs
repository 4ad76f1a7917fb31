using Azure.Storage.Queues.Models;
using Egress.Callbacks.Delivery;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Callbacks;

/// <summary>Reports and keeps a callback that Egress or the host moved to the poison queue.</summary>
public sealed class HandlePoisonCallback(PoisonHandler poison)
{
    /// <summary>Reports it, and keeps it for a replay where no trigger takes it.</summary>
    [Function(nameof(HandlePoisonCallback))]
    public Task RunAsync([QueueTrigger(QueueNames.PoisonCallbacks)] QueueMessage message, CancellationToken hostStopping) =>
        poison.HandleAsync(message.MessageText, hostStopping);
}
