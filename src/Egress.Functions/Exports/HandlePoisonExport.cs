using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Ends the export of a part that the host moved to the poison queue.</summary>
public sealed class HandlePoisonExport(ExportBuilder exports)
{
    /// <summary>Ends it.</summary>
    [Function(nameof(HandlePoisonExport))]
    public Task RunAsync([QueueTrigger(QueueNames.PoisonExports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandlePoisonAsync(message.MessageText, hostStopping);
}
