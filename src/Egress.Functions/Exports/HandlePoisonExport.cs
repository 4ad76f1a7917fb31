using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Ends an export if the host moved the message of one of its parts to the poison queue.</summary>
public sealed class HandlePoisonExport(ExportBuilder exports)
{
    /// <summary>Ends the export as failed.</summary>
    [Function(nameof(HandlePoisonExport))]
    public Task RunAsync([QueueTrigger(QueueNames.PoisonExports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandlePoisonAsync(message.MessageText, hostStopping);
}
