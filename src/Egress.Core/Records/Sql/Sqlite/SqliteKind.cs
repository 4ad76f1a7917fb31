using Azure.Core;
using Egress.Records.Urls;
using Microsoft.Data.Sqlite;

namespace Egress.Records.Sql.Sqlite;

/// <summary>The kind of record store that is a SQLite file.</summary>
internal sealed class SqliteKind : IRecordStoreKind
{
    /// <inheritdoc/>
    public string Name => "Sqlite";

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes => ["sqlite"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Forms => ["sqlite:relative.db", "sqlite:///absolute.db"];

    /// <inheritdoc/>
    public bool IsFile => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(ConnectionUrl url) => SqliteUrl.Read(url).WithoutEffect;

    /// <inheritdoc/>
    public RecordBackend Create(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential)
    {
        var (connection, _) = SqliteUrl.Read(url.Url);
        connection.DefaultTimeout = SqlBackend.Seconds(options.QueryTimeout);
        return SqlBackend.Create(
            SqliteFactory.Instance.CreateDataSource(connection.ConnectionString), SqliteDialect.Dialect, url, options, time,
            connection.Mode is SqliteOpenMode.ReadOnly ? null : token => SqliteFile.CreateAsync(connection, options, token));
    }
}
