namespace Egress.Callbacks.Queues;

/// <summary>
/// A queue whose messages are invisible for a time and are delivered at least once. Safe for concurrent use. Every method throws
/// <see cref="CallbackQueueException"/> when the queue fails.
/// </summary>
public interface ICallbackQueue
{
    /// <summary>Puts a message that belongs to nobody.</summary>
    /// <param name="text">The message, at most 48 KiB in UTF-8.</param>
    /// <param name="delay">How long it stays invisible; at most seven days.</param>
    /// <param name="cancellationToken">Gives up; the message may be there nevertheless.</param>
    ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken);

    /// <summary>Puts a message that its writer holds: it goes on changing it, and the message appears when the writer stops.</summary>
    /// <param name="text">The message, at most 48 KiB in UTF-8.</param>
    /// <param name="visibleIn">When it appears unless it is updated.</param>
    /// <param name="cancellationToken">Gives up; the message may be there nevertheless.</param>
    /// <returns>The right to change it, until somebody takes it.</returns>
    ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Takes visible messages.</summary>
    /// <param name="most">How many, 1 to 32.</param>
    /// <param name="visibleIn">When they appear again unless they are completed.</param>
    /// <param name="cancellationToken">Gives up; what was taken appears again.</param>
    ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Changes a message that one holds.</summary>
    /// <param name="receipt">From putting, taking or the last change.</param>
    /// <param name="text">Its new text.</param>
    /// <param name="visibleIn">When it appears; zero is at once.</param>
    /// <param name="cancellationToken">Gives up; the change may have been made.</param>
    /// <returns>The new receipt; null, and nothing is changed, when somebody else took or completed the message.</returns>
    ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken);

    /// <summary>Removes a message that one holds.</summary>
    /// <returns>False, and nothing is removed, when somebody else took or completed it.</returns>
    ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken);
}

/// <summary>The right to change one message; each change gives a new one.</summary>
/// <param name="MessageId">The queue's own id of the message.</param>
/// <param name="Value">What changes with every taking and update.</param>
public sealed record QueueReceipt(string MessageId, string Value);

/// <summary>A message that was taken.</summary>
/// <param name="Receipt">The right to change it.</param>
/// <param name="Text">Its text.</param>
/// <param name="DequeueCount">How often it was taken, this time included.</param>
public sealed record ReceivedMessage(QueueReceipt Receipt, string Text, int DequeueCount);
