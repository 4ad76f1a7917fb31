using Azure;
using Azure.Identity;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Egress.Queues.AzureQueue;

/// <summary>
/// The clients of a queue of Azure Storage and of its two queues for messages that could not be handled. The SDK makes only one attempt, because the
/// callers retry.
/// </summary>
internal sealed class AzureQueueAccount
{
    /// <summary>The time to live of a message that never expires. Without it, the service would delete messages after seven days.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    public AzureQueueAccount(AzureQueueOptions options, string queueName)
    {
        // Egress encodes messages itself, because the SDK fails for a whole batch if one message is not base64.
        var configuration = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        configuration.Retry.MaxRetries = 0;
        configuration.Retry.NetworkTimeout = TimeSpan.FromSeconds(10);
        var service = options switch
        {
            { ConnectionString: { } text } => new QueueServiceClient(text, configuration),
            { ServiceUrl: { } url } => new QueueServiceClient(url, Credential(options), configuration),
            _ => throw new ArgumentException("An Azure queue needs a connection string or a URL.", nameof(options)),
        };
        Messages = service.GetQueueClient(queueName);
        Poison = service.GetQueueClient(queueName + QueueNames.PoisonSuffix);
        Kept = service.GetQueueClient(queueName + QueueNames.KeptSuffix);
    }

    /// <summary>The queue of messages to handle.</summary>
    public QueueClient Messages { get; }

    /// <summary>The queue of messages that Egress or the Functions host could not handle.</summary>
    public QueueClient Poison { get; }

    /// <summary>The queue in which the messages are kept that the trigger on <see cref="Poison"/> has taken. It has no trigger.</summary>
    public QueueClient Kept { get; }

    /// <summary>
    /// Calls a queue, and creates the queue only if the call finds that it does not exist. So an identity needs no permission to create existing
    /// queues.
    /// </summary>
    /// <exception cref="QueueException">The call failed.</exception>
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

    /// <summary>Measures a queue. The age is computed with the clock of the service. A queue that does not exist counts as empty.</summary>
    /// <exception cref="QueueException">The call failed.</exception>
    public static async ValueTask<QueueDepth> MeasureAsync(QueueClient queue, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await queue.GetPropertiesAsync(cancellationToken);
            var oldest = (await queue.PeekMessagesAsync(1, cancellationToken)).Value.FirstOrDefault();
            var now = properties.GetRawResponse().Headers.Date;
            var age = now - oldest?.InsertedOn ?? TimeSpan.Zero;
            return new QueueDepth(properties.Value.ApproximateMessagesCount, age > TimeSpan.Zero ? age : TimeSpan.Zero);
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return default;
        }
        catch (Exception exception) when (AzureQueueFaults.Translate(exception, queue.Name, cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    private static DefaultAzureCredential Credential(AzureQueueOptions options) =>
        new(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId });
}
