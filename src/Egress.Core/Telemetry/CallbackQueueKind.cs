namespace Egress.Telemetry;

/// <summary>A queue or store of waiting callbacks; in lower case the metric label <c>queue</c>.</summary>
internal enum CallbackQueueKind
{
    /// <summary>The queue of callbacks to deliver.</summary>
    Delivery,

    /// <summary>The poison queue: callbacks that could not be delivered.</summary>
    Poison,

    /// <summary>The disk or the memory of this process, with callbacks that the queue has not accepted yet.</summary>
    Unsent,
}
