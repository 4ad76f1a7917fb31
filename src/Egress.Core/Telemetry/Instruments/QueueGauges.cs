using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>
/// The gauges with the last measurement of each queue of callbacks. A queue has no series until this process has measured it. Thread-safe.
/// </summary>
internal sealed class QueueGauges
{
    private static readonly string[] Queues = Label.All<CallbackQueueKind>();

    private readonly Measured?[] _queues = new Measured?[Queues.Length];

    public QueueGauges(Meter meter)
    {
        meter.CreateObservableGauge(
            "egress_callback_queue_messages", () => Read<long>(static queue => queue.Messages), unit: null,
            "Callbacks on a queue when it was last measured.");
        meter.CreateObservableGauge(
            "egress_callback_queue_oldest_seconds", () => Read<double>(static queue => queue.OldestAge?.TotalSeconds), unit: null,
            "Age of the oldest visible callback on a queue when it was last measured.");
    }

    /// <summary>Stores a measurement.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="messages">Number of its messages.</param>
    /// <param name="oldestAge">Age of the oldest one that is visible; null if it is not known.</param>
    public void Set(CallbackQueueKind queue, long messages, TimeSpan? oldestAge) =>
        Volatile.Write(ref _queues[(int)queue], new Measured(messages, oldestAge));

    private IEnumerable<Measurement<T>> Read<T>(Func<Measured, T?> value) where T : struct =>
        from queue in Queues.Index()
        let number = Volatile.Read(ref _queues[queue.Index]) is { } measured ? value(measured) : null
        where number is not null
        select new Measurement<T>(number.Value, new KeyValuePair<string, object?>("queue", queue.Item));

    private sealed record Measured(long Messages, TimeSpan? OldestAge);
}
