namespace Egress.Queues;

/// <summary>
/// A queue that delivers each message at least once and hides a message for a time. Delays do not depend on the wall clock of this machine.
/// Safe for concurrent use. Every method throws <see cref="QueueException"/> if the queue fails, and otherwise only exceptions of cancellation.
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
    /// <returns>The right to change it, until a consumer takes it.</returns>
    ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Takes visible messages.</summary>
    /// <param name="most">The largest number of messages, 1 to 32.</param>
    /// <param name="visibleIn">The time after which they become visible again unless they are completed.</param>
    /// <param name="cancellationToken">Cancels the call. Messages that were taken become visible again.</param>
    ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Changes a message that the caller holds.</summary>
    /// <param name="receipt">From adding, taking or the last update.</param>
    /// <param name="text">Its new text.</param>
    /// <param name="visibleIn">The time after which it becomes visible; zero is at once.</param>
    /// <param name="cancellationToken">Cancels the call. The change may have been made.</param>
    /// <returns>The new receipt; null if another consumer took or completed the message, which is then not changed.</returns>
    ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Removes a message that the caller holds.</summary>
    /// <returns>False if another consumer took or completed the message, which is then not removed.</returns>
    ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken);

    /// <summary>Measures the queue. Counts every message, including retries that are not due and the leases of running downloads.</summary>
    ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken);
}

/// <summary>The right to change a message. Each change returns a new receipt.</summary>
/// <param name="MessageId">The queue's own id of the message.</param>
/// <param name="Value">Changes whenever the message is taken or updated.</param>
internal sealed record QueueReceipt(string MessageId, string Value);

/// <summary>A message that was taken.</summary>
/// <param name="Receipt">The right to change it.</param>
/// <param name="Text">Its text.</param>
/// <param name="DequeueCount">How often it was taken, including this time.</param>
internal sealed record ReceivedMessage(QueueReceipt Receipt, string Text, int DequeueCount);
