namespace Egress.Records;

/// <summary>How Egress logs in to a database. In lower case they are the values of <c>DB_AUTH</c>.</summary>
public enum RecordStoreAuthentication
{
    /// <summary>With the credentials in the connection URL: a password or a client certificate.</summary>
    Password,

    /// <summary>With tokens of Microsoft Entra ID, which the identity of the process requests.</summary>
    Entra,
}

/// <summary>The store of download records and the access to it.</summary>
public sealed record RecordStoreOptions
{
    /// <summary>Connection URL; its scheme selects the backend. It contains credentials and is never logged.</summary>
    public required string Url { get; init; }

    /// <summary>How Egress logs in to PostgreSQL.</summary>
    public RecordStoreAuthentication Authentication { get; init; } = RecordStoreAuthentication.Password;

    /// <summary>Table that holds the records.</summary>
    public string TableName { get; init; } = "downloads";

    /// <summary>Column that holds the id.</summary>
    public string IdField { get; init; } = "id";

    /// <summary>The prefix of ids in Redis keys.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>The largest number of connections in the pool.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>The time limit of one look-up, including connecting; zero is unlimited.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest size of the JSON of one record in bytes. A larger record cannot be read. Zero is unlimited.</summary>
    public long MaxRecordSize { get; init; } = 64L << 20;

    /// <summary>The largest number of single objects that are read of one record; zero is unlimited.</summary>
    public int MaxObjects { get; init; }

    /// <summary>Both limits.</summary>
    internal RecordLimits Limits => new(MaxRecordSize, MaxObjects);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(RecordStoreOptions)} {{ {TableName}.{IdField} }}";
}
