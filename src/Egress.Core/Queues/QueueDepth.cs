namespace Egress.Queues;

/// <summary>How much waits on a queue.</summary>
/// <param name="Messages">Number of messages, the invisible ones included.</param>
/// <param name="OldestAge">Age of the oldest visible message; zero when there is none.</param>
internal readonly record struct QueueDepth(long Messages, TimeSpan OldestAge)
{
    /// <summary>The depth of two queues together.</summary>
    public static QueueDepth operator +(QueueDepth one, QueueDepth other) =>
        new(one.Messages + other.Messages, one.OldestAge > other.OldestAge ? one.OldestAge : other.OldestAge);
}
