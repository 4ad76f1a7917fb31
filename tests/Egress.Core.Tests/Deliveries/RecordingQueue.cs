using Egress.Callbacks;
using Egress.Queues;

namespace Egress.Core.Tests.Deliveries;

/// <summary>A queue that records the messages added to it. Leases are recorded separately until they become visible.</summary>
internal sealed class RecordingQueue : IMessageQueue
{
    private readonly Lock _lock = new();
    private readonly List<CallbackMessage> _messages = [];

    /// <summary>Whether all calls of the queue fail.</summary>
    public bool IsDown { get; set; }

    /// <summary>Called with each message that was added.</summary>
    public Action? Added { get; set; }

    /// <summary>The number of leases that were added.</summary>
    public int Leases { get; private set; }

    public IReadOnlyList<CallbackMessage> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages];
            }
        }
    }

    public ValueTask EnqueueAsync(string text, TimeSpan delay, CancellationToken cancellationToken)
    {
        Add(text);
        return ValueTask.CompletedTask;
    }

    public ValueTask<QueueReceipt> LeaseAsync(string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        Leases++;
        return new(new QueueReceipt("lease", "1"));
    }

    public ValueTask<QueueReceipt?> UpdateAsync(QueueReceipt receipt, string text, TimeSpan visibleIn, CancellationToken cancellationToken)
    {
        if (visibleIn == TimeSpan.Zero)
        {
            Add(text);
        }

        return new((QueueReceipt?)receipt);
    }

    public ValueTask<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int most, TimeSpan visibleIn, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<bool> CompleteAsync(QueueReceipt receipt, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<QueueDepth> MeasureAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    private void Add(string text)
    {
        if (IsDown)
        {
            throw new QueueException("down", new IOException("scripted"));
        }

        lock (_lock)
        {
            _messages.Add(CallbackMessage.TryRead(text)!);
        }

        Added?.Invoke();
    }
}
