using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Builds a part of an export. The scale controller adds instances while parts wait.</summary>
public sealed class BuildExport(ExportBuilder exports)
{
    /// <summary>Returns when the host shall remove the message. Throws when the message must appear again; the host counts these attempts.</summary>
    [Function(nameof(BuildExport))]
    public Task RunAsync([QueueTrigger(QueueNames.Exports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandleAsync(message.MessageText, (int)message.DequeueCount, hostStopping);
}
