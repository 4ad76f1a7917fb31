namespace Egress.Queues;

/// <summary>The number and age of the messages of a queue.</summary>
/// <param name="Messages">Number of messages, including invisible ones.</param>
/// <param name="OldestAge">Age of the oldest visible message; zero if there is none.</param>
internal readonly record struct QueueDepth(long Messages, TimeSpan OldestAge)
{
    /// <summary>Returns the depth of two queues together.</summary>
    public static QueueDepth operator +(QueueDepth one, QueueDepth other) =>
        new(one.Messages + other.Messages, one.OldestAge > other.OldestAge ? one.OldestAge : other.OldestAge);
}
