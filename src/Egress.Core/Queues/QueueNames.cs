namespace Egress.Queues;

/// <summary>Names and limits that must be the same in the triggers of the Functions app, in its host.json and in the core.</summary>
public static class QueueNames
{
    /// <summary>Queue of callbacks to deliver; <c>CALLBACK_QUEUE</c> unless set otherwise.</summary>
    public const string Callbacks = "egress-callbacks";

    /// <summary>Name of the SQLite file of callbacks in the plain server.</summary>
    internal const string CallbacksFile = "callbacks.db";

    /// <summary>Queue of the parts of exports to build.</summary>
    public const string Exports = "egress-exports";

    /// <summary>Queue of the parts of exports that failed too often.</summary>
    public const string PoisonExports = Exports + PoisonSuffix;

    /// <summary>Name of the SQLite file of exports in the plain server.</summary>
    internal const string ExportsFile = "exports.db";

    /// <summary>The connection of a trigger without its own connection: the storage account of the Functions host.</summary>
    public const string HostConnection = "AzureWebJobsStorage";

    /// <summary>The suffix of the queue to which the Functions host moves messages that failed too often.</summary>
    public const string PoisonSuffix = "-poison";

    /// <summary>Queue of callbacks that cannot be delivered.</summary>
    public const string PoisonCallbacks = Callbacks + PoisonSuffix;

    /// <summary>The suffix of the queue that keeps messages which a trigger took from the poison queue.</summary>
    public const string KeptSuffix = "-kept";

    /// <summary>How often a message is taken before the host moves it to the poison queue: <c>extensions.queues.maxDequeueCount</c> of host.json.</summary>
    public const int MaxDequeueCount = 5;

    /// <summary>
    /// The time after which a message whose processing failed becomes visible again: <c>extensions.queues.visibilityTimeout</c> of host.json.
    /// </summary>
    public static readonly TimeSpan VisibilityTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Encoding of the messages' text: <c>extensions.queues.messageEncoding</c> of host.json.</summary>
    public const string MessageEncoding = "base64";
}
