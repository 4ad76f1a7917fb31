namespace Egress.Telemetry;

/// <summary>A queue or store of waiting callbacks. The names in lower case are the values of the metric label <c>queue</c>.</summary>
internal enum CallbackQueueKind
{
    /// <summary>The queue of callbacks to deliver.</summary>
    Delivery,

    /// <summary>The poison queue, with callbacks that could not be delivered.</summary>
    Poison,

    /// <summary>The disk or memory in which this process keeps callbacks that the queue has not accepted yet.</summary>
    Unsent,
}
