namespace Egress.Queues;

/// <summary>
/// Keeps messages that could not be handled until an operator puts them back. Safe for concurrent use. Every method throws
/// <see cref="QueueException"/> when the queue fails.
/// </summary>
internal interface IPoisonQueue
{
    /// <summary>Adds a message. It stays until it is removed.</summary>
    ValueTask AddAsync(string text, CancellationToken cancellationToken);

    /// <summary>Keeps a message that a trigger took from the poison queue in a place that has no trigger.</summary>
    ValueTask KeepAsync(string text, CancellationToken cancellationToken);

    /// <summary>Shows every message once, the kept ones included, oldest first.</summary>
    /// <param name="visit">Returns whether the message can be removed. Called for one message at a time.</param>
    /// <param name="cancellationToken">Stops; messages that were not visited stay.</param>
    ValueTask VisitAsync(Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken);

    /// <summary>Measures the queue, the kept messages included.</summary>
    ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken);
}
