namespace Egress.Records;

/// <summary>Where download records are kept and how they are reached.</summary>
public sealed record RecordStoreOptions
{
    /// <summary>Connection URL; its scheme picks the backend (contract §3). Holds credentials: never logged.</summary>
    public required string Url { get; init; }

    /// <summary>Table that holds the records.</summary>
    public string TableName { get; init; } = "downloads";

    /// <summary>Column that holds the id.</summary>
    public string IdField { get; init; } = "id";

    /// <summary>What precedes the id in a Redis key.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>Most connections of the pool.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>Longest wait for one look-up, connecting included; zero is unlimited.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(RecordStoreOptions)} {{ {TableName}.{IdField} }}";
}
