namespace Egress.Queues;

/// <summary>
/// Keeps messages that could not be handled, until an operator puts them back on their queue. Safe for concurrent use. Every method throws
/// <see cref="QueueException"/> if the queue fails.
/// </summary>
internal interface IPoisonQueue
{
    /// <summary>Adds a message. It stays until it is removed.</summary>
    ValueTask AddAsync(string text, CancellationToken cancellationToken);

    /// <summary>Keeps a message that a trigger took from the poison queue, in a queue without a trigger.</summary>
    ValueTask KeepAsync(string text, CancellationToken cancellationToken);

    /// <summary>Visits every message once, including the kept ones, oldest first.</summary>
    /// <param name="visit">Returns whether the message can be removed. Called for one message at a time.</param>
    /// <param name="cancellationToken">Stops the visits. Messages that were not visited stay on the queue.</param>
    ValueTask VisitAsync(Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken);

    /// <summary>Measures the queue, including the kept messages.</summary>
    ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken);
}
