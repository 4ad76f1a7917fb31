using Azure.Storage.Queues;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>Creates the queues of callbacks when the worker starts. The triggers of the host log a warning at every poll of a queue that does not
/// exist, and the first callback may be days away.</summary>
internal sealed partial class CallbackQueueSetup(AzureQueueAccount account, ILogger<CallbackQueueSetup> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var queue in (QueueClient[])[account.Messages, account.Poison, account.Kept])
            {
                await AzureQueueAccount.CallAsync(queue, each => each.CreateIfNotExistsAsync(cancellationToken: stoppingToken), stoppingToken);
            }
        }
        catch (QueueException failure)
        {
            // An identity may be allowed to use queues and not to create them. Every use of a queue tries again.
            NotCreated(failure.Message);
        }
    }

    [LoggerMessage(6102, LogLevel.Information, "The callback queues cannot be created now; their first use tries again: {Cause}")]
    private partial void NotCreated(string cause);
}
