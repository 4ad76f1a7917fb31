using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Fails an export if the host moved one of its messages to the poison queue.</summary>
public sealed class HandlePoisonExport(ExportBuilder exports)
{
    /// <summary>Fails the export of the message.</summary>
    [Function(nameof(HandlePoisonExport))]
    public Task RunAsync([QueueTrigger(QueueNames.PoisonExports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandlePoisonAsync(message.MessageText, hostStopping);
}
