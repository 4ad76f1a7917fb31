namespace Egress.Queues;

/// <summary>Names and limits that must be the same in the triggers of the Functions app, in its host.json and in the core.</summary>
public static class QueueNames
{
    /// <summary>The queue of callbacks to deliver: the default of <c>CALLBACK_QUEUE</c>.</summary>
    public const string Callbacks = "egress-callbacks";

    /// <summary>Name of the SQLite file of callbacks in the plain server.</summary>
    internal const string CallbacksFile = "callbacks.db";

    /// <summary>The queue of the parts of exports that are to be built.</summary>
    public const string Exports = "egress-exports";

    /// <summary>The queue of messages about parts of exports that failed too often.</summary>
    public const string PoisonExports = Exports + PoisonSuffix;

    /// <summary>Name of the SQLite file of exports in the plain server.</summary>
    internal const string ExportsFile = "exports.db";

    /// <summary>The default connection of queue triggers: the storage account of the Functions host.</summary>
    public const string HostConnection = "AzureWebJobsStorage";

    /// <summary>The suffix in the name of the queue to which the Functions host moves messages that failed too often.</summary>
    public const string PoisonSuffix = "-poison";

    /// <summary>Queue of callbacks that cannot be delivered.</summary>
    public const string PoisonCallbacks = Callbacks + PoisonSuffix;

    /// <summary>The suffix in the name of the queue that keeps messages which a trigger took from the poison queue.</summary>
    public const string KeptSuffix = "-kept";

    /// <summary>
    /// How many times a message is taken before the host moves it to the poison queue: <c>extensions.queues.maxDequeueCount</c> of host.json.
    /// </summary>
    public const int MaxDequeueCount = 5;

    /// <summary>
    /// The time after which a message whose processing failed becomes visible again: <c>extensions.queues.visibilityTimeout</c> of host.json.
    /// </summary>
    public static readonly TimeSpan VisibilityTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Encoding of the messages' text: <c>extensions.queues.messageEncoding</c> of host.json.</summary>
    public const string MessageEncoding = "base64";
}
