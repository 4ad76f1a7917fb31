using Azure.Storage.Queues.Models;
using Egress.Exports.Building;
using Egress.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Egress.Functions.Exports;

/// <summary>Builds a part of an export. The host's scale controller adds instances while messages wait.</summary>
public sealed class BuildExport(ExportBuilder exports)
{
    /// <summary>
    /// Returns if the host shall remove the message. Throws if the message must become visible again; the host counts these attempts.
    /// </summary>
    [Function(nameof(BuildExport))]
    public Task RunAsync([QueueTrigger(QueueNames.Exports)] QueueMessage message, CancellationToken hostStopping) =>
        exports.HandleAsync(message.MessageText, (int)message.DequeueCount, hostStopping);
}
