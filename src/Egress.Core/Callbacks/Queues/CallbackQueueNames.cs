namespace Egress.Callbacks.Queues;

/// <summary>Names and limits that the triggers of the Functions app, its host.json and the core must agree on.</summary>
public static class CallbackQueueNames
{
    /// <summary>Queue of callbacks to deliver; <c>CALLBACK_QUEUE</c> unless set otherwise.</summary>
    public const string Callbacks = "egress-callbacks";

    /// <summary>The connection of a trigger that names none: the storage account of the Functions host.</summary>
    public const string HostConnection = "AzureWebJobsStorage";

    /// <summary>What the Functions host appends to a queue's name for messages that it gives up.</summary>
    public const string PoisonSuffix = "-poison";

    /// <summary>Queue of callbacks that cannot be delivered.</summary>
    public const string Poison = Callbacks + PoisonSuffix;

    /// <summary>Appended for the queue that keeps what a trigger took from the poison queue.</summary>
    public const string KeptSuffix = "-kept";

    /// <summary>How often a message is taken before it is given up: <c>extensions.queues.maxDequeueCount</c> of host.json.</summary>
    public const int MaxDequeueCount = 5;

    /// <summary>When a message whose processing broke appears again: <c>extensions.queues.visibilityTimeout</c> of host.json.</summary>
    public static readonly TimeSpan VisibilityTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Encoding of the messages' text: <c>extensions.queues.messageEncoding</c> of host.json.</summary>
    public const string MessageEncoding = "base64";
}
