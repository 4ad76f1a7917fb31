using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Egress.Queues.AzureQueue;

/// <summary>A poison queue on Azure Queue Storage.</summary>
internal sealed class AzurePoisonQueue(AzureQueueAccount account) : IPoisonQueue
{
    /// <summary>
    /// How long visited messages are invisible to other consumers. Messages are received and not peeked, because a peek returns only the first 32.
    /// </summary>
    private static readonly TimeSpan VisitLimit = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public ValueTask AddAsync(string text, CancellationToken cancellationToken) => SendAsync(account.Poison, text, cancellationToken);

    /// <inheritdoc/>
    public ValueTask KeepAsync(string text, CancellationToken cancellationToken) => SendAsync(account.Kept, text, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask VisitAsync(Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken)
    {
        await VisitAsync(account.Kept, visit, cancellationToken);
        await VisitAsync(account.Poison, visit, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken) =>
        await AzureQueueAccount.MeasureAsync(account.Kept, cancellationToken) + await AzureQueueAccount.MeasureAsync(account.Poison, cancellationToken);

    private static async ValueTask VisitAsync(
        QueueClient queue, Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken)
    {
        var stay = new List<QueueMessage>();
        try
        {
            while (await TakeAsync(queue, cancellationToken) is { Length: > 0 } batch)
            {
                stay.AddRange(batch);
                foreach (var message in batch)
                {
                    if (await visit(AzureMessageText.Decode(message.MessageText), cancellationToken))
                    {
                        stay.Remove(message);
                        await UnlessLostAsync(
                            queue, q => q.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken), cancellationToken);
                    }
                }
            }
        }
        finally
        {
            foreach (var message in stay)
            {
                await ShowAsync(queue, message);
            }
        }
    }

    private static async ValueTask<QueueMessage[]> TakeAsync(QueueClient queue, CancellationToken cancellationToken) =>
        (await AzureQueueAccount.CallAsync(queue, q => q.ReceiveMessagesAsync(32, VisitLimit, cancellationToken), cancellationToken)).Value;

    private static ValueTask ShowAsync(QueueClient queue, QueueMessage message) => UnlessLostAsync(
        queue,
        q => q.UpdateMessageAsync(message.MessageId, message.PopReceipt, message.MessageText, TimeSpan.Zero, CancellationToken.None),
        CancellationToken.None);

    /// <summary>Changes a visited message. Has no effect if the message became visible meanwhile and another consumer took it.</summary>
    private static async ValueTask UnlessLostAsync<T>(QueueClient queue, Func<QueueClient, Task<T>> change, CancellationToken cancellationToken) =>
        await AzureQueueAccount.CallAsync(
            queue,
            async q =>
            {
                try
                {
                    await change(q);
                    return true;
                }
                catch (RequestFailedException answer) when (AzureQueueFaults.IsLost(answer))
                {
                    return false;
                }
            },
            cancellationToken);

    private static async ValueTask SendAsync(QueueClient queue, string text, CancellationToken cancellationToken)
    {
        await AzureQueueAccount.CallAsync(
            queue,
            q => q.SendMessageAsync(AzureMessageText.Encode(text), TimeSpan.Zero, AzureQueueAccount.Forever, cancellationToken),
            cancellationToken);
    }
}
