namespace Egress.Queues.AzureQueue;

/// <summary>An account of Azure Queue Storage, accessed with a connection string, or with a URL and the identity of the process.</summary>
public sealed record AzureQueueOptions
{
    /// <summary>The name of the setting from which these options were read. The Functions host uses the same name for the connection.</summary>
    public string ConnectionName { get; init; } = QueueNames.HostConnection;

    /// <summary>Connection string. Contains a key and is never logged.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>URL of the queue service.</summary>
    public Uri? ServiceUrl { get; init; }

    /// <summary>The client id of a user-assigned identity; null for the default identity.</summary>
    public string? ClientId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(AzureQueueOptions)} {{ {ServiceUrl} }}";
}
