using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Builds a part of an export. The host's scale controller adds instances while messages wait.</summary>
public sealed class BuildExport(ExportBuilder exports)
{
    /// <summary>
    /// Handles one message of the queue of exports. The host removes the message when this method returns, and makes it visible again when it throws.
    /// The host counts the attempts.
    /// </summary>
    [Function(nameof(BuildExport))]
    public Task RunAsync([QueueTrigger(QueueNames.Exports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandleAsync(message.MessageText, (int)message.DequeueCount, hostStopping);
}
