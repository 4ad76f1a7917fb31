using Azure;
using Azure.Identity;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Egress.Callbacks.Queues.AzureQueue;

/// <summary>The queues of Azure Storage that callbacks use. The SDK does one request and nothing else: retries are the caller's.</summary>
internal sealed class AzureQueueAccount
{
    /// <summary>Stays until it is taken: the service would drop messages after seven days.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    public AzureQueueAccount(AzureQueueOptions options, string queueName)
    {
        // Encoded by ourselves: the SDK throws away a whole batch in which one message is not base64.
        var configuration = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        configuration.Retry.MaxRetries = 0;
        configuration.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        var service = options switch
        {
            { ConnectionString: { } text } => new QueueServiceClient(text, configuration),
            { ServiceUrl: { } url } => new QueueServiceClient(url, Credential(options), configuration),
            _ => throw new ArgumentException("An Azure queue needs a connection string or a URL.", nameof(options)),
        };
        Callbacks = service.GetQueueClient(queueName);
        Poison = service.GetQueueClient(queueName + CallbackQueueNames.PoisonSuffix);
        Kept = service.GetQueueClient(queueName + CallbackQueueNames.KeptSuffix);
    }

    /// <summary>Callbacks to deliver.</summary>
    public QueueClient Callbacks { get; }

    /// <summary>Callbacks that were given up, by us or by the Functions host.</summary>
    public QueueClient Poison { get; }

    /// <summary>What the trigger on <see cref="Poison"/> has seen.</summary>
    public QueueClient Kept { get; }

    /// <summary>Calls a queue, and creates it when it is not there. An identity need not be allowed to create queues that exist.</summary>
    /// <exception cref="CallbackQueueException">It failed.</exception>
    public static async ValueTask<T> CallAsync<T>(QueueClient queue, Func<QueueClient, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await call(queue);
            }
            catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
            {
                await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                return await call(queue);
            }
        }
        catch (Exception exception) when (AzureQueueFaults.Translate(exception, queue.Name, cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private static DefaultAzureCredential Credential(AzureQueueOptions options) =>
        new(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId });
}
