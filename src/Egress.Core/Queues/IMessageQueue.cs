namespace Egress.Queues;

/// <summary>
/// A queue that delivers each message at least once. A message that was taken is invisible for a time. Delays do not depend on the wall clock of this
/// machine. Safe for concurrent use. Every method throws <see cref="QueueException"/> if the queue fails, and
/// <see cref="OperationCanceledException"/> if it is canceled, but no other exception.
/// </summary>
internal interface IMessageQueue
{
    /// <summary>Adds a message without a lease.</summary>
    /// <param name="text">The message, at most 48 KiB in UTF-8.</param>
    /// <param name="delay">How long it is invisible; at most seven days.</param>
    /// <param name="cancellationToken">Cancels the call. The message may have been added nevertheless.</param>
    ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Adds a message with a lease: its writer keeps updating it, and it becomes visible when the writer stops updating it.</summary>
    /// <param name="text">The message, at most 48 KiB in UTF-8.</param>
    /// <param name="visibleIn">The time after which it becomes visible unless it is updated.</param>
    /// <param name="cancellationToken">Cancels the call. The message may have been added nevertheless.</param>
    /// <returns>The receipt with which the message can be changed until a consumer takes it.</returns>
    ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Takes visible messages.</summary>
    /// <param name="most">The largest number of messages, 1 to 32.</param>
    /// <param name="visibleIn">The time after which they become visible again unless they are completed.</param>
    /// <param name="cancellationToken">Cancels the call. Messages that were taken become visible again.</param>
    ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Changes a message that the caller holds.</summary>
    /// <param name="receipt">The receipt that was returned when the message was added, taken or last updated.</param>
    /// <param name="text">Its new text.</param>
    /// <param name="visibleIn">The time after which it becomes visible; zero for immediately.</param>
    /// <param name="cancellationToken">Cancels the call. The change may have been made.</param>
    /// <returns>The new receipt; null if another consumer took or completed the message, which is then not changed.</returns>
    ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Removes a message that the caller holds.</summary>
    /// <returns>False if another consumer took or completed the message, which is then not removed.</returns>
    ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken);

    /// <summary>
    /// Measures the queue. The number includes invisible messages, such as retries that are not due yet and the leases of running downloads.
    /// </summary>
    ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken);
}

/// <summary>Identifies a message that its holder may change. Each change returns a new receipt and invalidates this one.</summary>
/// <param name="MessageId">The queue's own id of the message.</param>
/// <param name="Value">A value that changes whenever the message is taken or updated.</param>
internal sealed record QueueReceipt(string MessageId, string Value);

/// <summary>A message that was taken.</summary>
/// <param name="Receipt">The receipt with which it can be changed.</param>
/// <param name="Text">Its text.</param>
/// <param name="DequeueCount">How many times the message was taken, including this time.</param>
internal sealed record ReceivedMessage(QueueReceipt Receipt, string Text, int DequeueCount);
