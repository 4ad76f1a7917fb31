namespace Egress.Queues.AzureQueue;

/// <summary>An account of Azure Queue Storage, accessed with a connection string, or with a URL and the identity of the process.</summary>
public sealed record AzureQueueOptions
{
    /// <summary>Name of the setting with these options, which is the name of the connection for the Functions host.</summary>
    public string ConnectionName { get; init; } = QueueNames.HostConnection;

    /// <summary>Connection string. Contains a key and is never logged.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>URL of the queue service.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>Client id of a user-assigned identity; null for the default one.</summary>
    public string? ClientId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AzureQueueOptions)} {{ {ServiceUrl} }}";
}
