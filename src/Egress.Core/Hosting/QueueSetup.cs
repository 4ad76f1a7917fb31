using Azure.Storage.Queues;
using Egress.Exports;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>
/// Creates the queues when the worker starts. Otherwise the queue triggers would log a warning at every poll until the first message is sent.
/// </summary>
/// <param name="callbacks">The queues of callbacks.</param>
/// <param name="exports">The queues of exports.</param>
/// <param name="logger">Logs queues that cannot be created.</param>
internal sealed partial class QueueSetup(
    AzureQueueAccount callbacks, [FromKeyedServices(ExportServices.Key)] AzureQueueAccount exports, ILogger<QueueSetup> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var queue in (QueueClient[])[callbacks.Messages, callbacks.Poison, callbacks.Kept, exports.Messages, exports.Poison])
            {
                await AzureQueueAccount.CallAsync(queue, each => each.CreateIfNotExistsAsync(cancellationToken: stoppingToken), stoppingToken);
            }
        }
        catch (QueueException failure)
        {
            // The identity may be allowed to use queues but not to create them. Every later use of a queue tries again to create it.
            NotCreated(failure.Message);
        }
    }

    [LoggerMessage(6102, LogLevel.Information, "The queues cannot be created now; their first use creates them: {Cause}")]
    private partial void NotCreated(string cause);
}
