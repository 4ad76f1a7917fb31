using Egress.Queues;

namespace Egress.Exports;

/// <summary>The queue of exports: a bounded number of parts of each is on it at any time.</summary>
/// <param name="queue">The queue.</param>
internal sealed class ExportQueue(IMessageQueue queue)
{
    /// <summary>
    /// Parts of one export that are on the queue or being built. It bounds how long a cancelled export continues, and lets exports take turns. In the Functions
    /// app it also bounds the instances that build an export: the platform starts one for each <c>batchSize</c> messages, and an instance takes that many.
    /// </summary>
    internal const int Window = 128;

    /// <summary>The queue.</summary>
    public IMessageQueue Queue => queue;

    /// <summary>Puts a message on the queue.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public ValueTask AddAsync(ExportMessage message, CancellationToken cancellationToken) => AddAsync(message, TimeSpan.Zero, cancellationToken);

    /// <summary>Puts a message on the queue that becomes visible after a delay.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public ValueTask AddAsync(ExportMessage message, TimeSpan delay, CancellationToken cancellationToken) =>
        queue.EnqueueAsync(message.Write(), delay, cancellationToken);

    /// <summary>Whether there are messages on the queue, those included that are being handled.</summary>
    /// <exception cref="QueueException">The queue refused or failed.</exception>
    public async ValueTask<bool> HasMessagesAsync(CancellationToken cancellationToken) => (await queue.MeasureAsync(cancellationToken)).Messages > 0;
}
