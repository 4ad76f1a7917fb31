using Azure.Core;
using Egress.Records.Urls;
using Npgsql;

namespace Egress.Records.Sql.Postgres;

/// <summary>The kind of record store in PostgreSQL and compatible databases.</summary>
internal sealed class PostgresKind : IRecordStoreKind
{
    /// <inheritdoc/>
    public string Name => "Postgres";

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes => ["postgres", "postgresql"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Forms => ["postgres://user:password@host:5432/database"];

    /// <inheritdoc/>
    public bool IsFile => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(ConnectionUrl url) => PostgresUrl.Read(url).WithoutEffect;

    /// <inheritdoc/>
    public RecordBackend Create(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential)
    {
        var (connection, _) = PostgresUrl.Read(url.Url);
        connection.MaxPoolSize = options.MaxConnections;
        connection.MinPoolSize = Math.Min(connection.MinPoolSize, options.MaxConnections);
        connection.CommandTimeout = SqlBackend.Seconds(options.QueryTimeout);
        var source = options.Authentication is RecordStoreAuthentication.Entra
            ? EntraAuthentication.CreateSource(connection, credential)
            : NpgsqlDataSource.Create(connection);
        return SqlBackend.Create(source, PostgresDialect.Dialect, url, options, time);
    }
}
