using Egress.Queues;

namespace Egress.Exports;

/// <summary>The queue of exports. Each export has a limited number of parts on it.</summary>
/// <param name="queue">The queue.</param>
internal sealed class ExportQueue(IMessageQueue queue)
{
    /// <summary>
    /// The limit of parts of one export that are on the queue or being built. It limits how long a canceled export continues to use the workers, and
    /// makes concurrent exports take turns. In the Functions app it also limits the instances for one export, because the platform starts one
    /// instance for each <c>batchSize</c> messages.
    /// </summary>
    internal const int Window = 128;

    /// <summary>The underlying queue.</summary>
    public IMessageQueue Queue => queue;

    /// <summary>Puts a message on the queue.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public ValueTask AddAsync(ExportMessage message, CancellationToken cancellationToken) => AddAsync(message, TimeSpan.Zero, cancellationToken);

    /// <summary>Puts a message on the queue that becomes visible after a delay.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public ValueTask AddAsync(ExportMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.EnqueueAsync(message.Write(), delay, cancellationToken);

    /// <summary>Whether there are messages on the queue, including messages that are being handled.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public async ValueTask<bool> HasMessagesAsync(CancellationToken cancellationToken) => (await queue.MeasureAsync(cancellationToken)).Messages > 0;
}
