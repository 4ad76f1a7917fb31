using Egress.Queues;

namespace Egress.Core.Tests.Exports;

/// <summary>A queue in memory. A message that was taken stays invisible until the test makes it visible again.</summary>
/// <param name="step">Called before and after each change.</param>
internal sealed class MemoryQueue(Action step) : IMessageQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<(string Text, int DequeueCount)> _messages = [];

    /// <summary>All messages that were added.</summary>
    public List<string> Added { get; } = [];

    /// <summary>Number of messages on the queue that belong to other exports.</summary>
    public int Others { get; set; }

    /// <summary>The largest number of messages that were on the queue at the same time.</summary>
    public int MostMessages { get; private set; }

    public ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken)
    {
        step();
        lock (_lock)
        {
            Added.Add(text);
        }

        Return((text, 0));
        step();
        return default;
    }

    /// <summary>Takes the next message; null if there is none.</summary>
    public (string Text, int DequeueCount)? Take()
    {
        lock (_lock)
        {
            return _messages.TryDequeue(out var message) ? (message.Text, message.DequeueCount + 1) : null;
        }
    }

    /// <summary>Makes a message visible again.</summary>
    public void Return((string Text, int DequeueCount) message)
    {
        lock (_lock)
        {
            _messages.Enqueue(message);
            MostMessages = Math.Max(MostMessages, _messages.Count);
        }
    }

    /// <summary>Removes all messages, as if they were lost.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _messages.Clear();
        }
    }

    public ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(new QueueDepth(_messages.Count + Others, TimeSpan.Zero));
        }
    }
}
