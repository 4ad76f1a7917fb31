using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Egress.Queues.AzureQueue;

/// <summary>A message queue on Azure Queue Storage.</summary>
internal sealed class AzureMessageQueue(AzureQueueAccount account) : IMessageQueue
{
    /// <inheritdoc/>
    public async ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken) =>
        await LeaseAsync(text, delay, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        var sent = await CallAsync(
            queue => queue.SendMessageAsync(AzureMessageText.Encode(text), WholeSeconds(visibleIn), AzureQueueAccount.Forever, cancellationToken),
            cancellationToken);
        return new QueueReceipt(sent.Value.MessageId, sent.Value.PopReceipt);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        var received = await CallAsync(queue => queue.ReceiveMessagesAsync(most, WholeSeconds(visibleIn), cancellationToken), cancellationToken);
        return [.. received.Value.Select(static message => new ReceivedMessage(
            new QueueReceipt(message.MessageId, message.PopReceipt),
            AzureMessageText.Decode(message.MessageText),
            (int)message.DequeueCount))];
    }

    /// <inheritdoc/>
    public ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken) => CallAsync(
        async queue =>
        {
            try
            {
                UpdateReceipt updated = await queue.UpdateMessageAsync(
                    receipt.MessageId, receipt.Value, AzureMessageText.Encode(text), WholeSeconds(visibleIn), cancellationToken);
                return receipt with { Value = updated.PopReceipt };
            }
            catch (RequestFailedException answer) when (AzureQueueFaults.IsLost(answer))
            {
                return null;
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken) => CallAsync(
        async queue =>
        {
            try
            {
                await queue.DeleteMessageAsync(receipt.MessageId, receipt.Value, cancellationToken);
                return true;
            }
            catch (RequestFailedException answer) when (AzureQueueFaults.IsLost(answer))
            {
                return false;
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken) => AzureQueueAccount.MeasureAsync(account.Messages, cancellationToken);

    private ValueTask<T> CallAsync<T>(Func<QueueClient, Task<T>> call, CancellationToken cancellationToken) =>
        AzureQueueAccount.CallAsync(account.Messages, call, cancellationToken);

    /// <summary>Rounds a time span up to whole seconds, in which the service counts. The SDK would round down.</summary>
    private static TimeSpan WholeSeconds(TimeSpan span) => TimeSpan.FromSeconds(Math.Ceiling(span.TotalSeconds));
}
