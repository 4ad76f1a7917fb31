namespace Egress.Records;

/// <summary>How Egress logs in to a database. The names in lower case are the values of <c>DB_AUTH</c>.</summary>
public enum RecordStoreAuthentication
{
    /// <summary>Egress logs in with the credentials in the connection URL: a password or a client certificate.</summary>
    Password,

    /// <summary>Egress logs in with tokens of Microsoft Entra ID for the identity of the process.</summary>
    Entra,
}

/// <summary>The options of the store of download records.</summary>
public sealed record RecordStoreOptions
{
    /// <summary>Connection URL; its scheme selects the backend. It contains credentials and is never logged.</summary>
    public required string Url { get; init; }

    /// <summary>How Egress logs in to the database. <see cref="RecordStoreAuthentication.Entra"/> is only available for PostgreSQL.</summary>
    public RecordStoreAuthentication Authentication { get; init; } = RecordStoreAuthentication.Password;

    /// <summary>The name of the table that holds the records.</summary>
    public string TableName { get; init; } = "downloads";

    /// <summary>The name of the column that holds the ids.</summary>
    public string IdField { get; init; } = "id";

    /// <summary>The prefix that Redis keys have before the id.</summary>
    public string KeyPrefix { get; init; } = "";

    /// <summary>The largest number of connections that the pool opens to the database.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>The time limit of one look-up, including connecting; zero is unlimited.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The largest size of the JSON of one record in bytes. A larger record cannot be read. Zero is unlimited.</summary>
    public long MaxRecordSize { get; init; } = 64L << 20;

    /// <summary>The largest number of single objects that are read from one record; zero is unlimited.</summary>
    public int MaxObjects { get; init; }

    /// <summary>The limits for reading one record: <see cref="MaxRecordSize"/> and <see cref="MaxObjects"/>.</summary>
    internal RecordLimits Limits => new(MaxRecordSize, MaxObjects);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(RecordStoreOptions)} {{ {TableName}.{IdField} }}";
}
