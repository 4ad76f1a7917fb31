namespace Egress.Callbacks.Queues;

/// <summary>
/// Keeps what could not be delivered until somebody puts it back. Safe for concurrent use. Every method throws
/// <see cref="CallbackQueueException"/> when the queue fails.
/// </summary>
public interface IPoisonQueue
{
    /// <summary>Puts a message on the poison queue. It stays there until it is taken.</summary>
    ValueTask AddAsync(string text, CancellationToken cancellationToken);

    /// <summary>Keeps a message that a trigger took from the poison queue, where no trigger sees it, for as long as it takes.</summary>
    ValueTask KeepAsync(string text, CancellationToken cancellationToken);

    /// <summary>Shows every message once, the kept ones included, oldest first.</summary>
    /// <param name="visit">Returns whether the message is done with and removed. One at a time.</param>
    /// <param name="cancellationToken">Stops; what was not visited stays.</param>
    ValueTask VisitAsync(Func<string, CancellationToken, ValueTask<bool>> visit, CancellationToken cancellationToken);
}
