using Azure.Core;
using Egress.Records.Urls;
using MySqlConnector;

namespace Egress.Records.Sql.MySql;

/// <summary>The kind of record store in MySQL and MariaDB.</summary>
internal sealed class MySqlKind : IRecordStoreKind
{
    /// <inheritdoc/>
    public string Name => "MySql";

    /// <inheritdoc/>
    public IReadOnlyList<string> Schemes => ["mysql", "mariadb"];

    /// <inheritdoc/>
    public IReadOnlyList<string> Forms => ["mysql://user:password@host:3306/database"];

    /// <inheritdoc/>
    public bool IsFile => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Check(ConnectionUrl url) => MySqlUrl.Read(url).WithoutEffect;

    /// <inheritdoc/>
    public RecordBackend Create(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential)
    {
        var (connection, _) = MySqlUrl.Read(url.Url);
        connection.MaximumPoolSize = (uint)options.MaxConnections;
        connection.ConnectionTimeout = (uint)SqlBackend.Seconds(options.QueryTimeout);
        connection.DefaultCommandTimeout = (uint)SqlBackend.Seconds(options.QueryTimeout);
        return SqlBackend.Create(new MySqlDataSource(connection.ConnectionString), MySqlDialect.Dialect, url, options, time);
    }
}
