using System.Data.Common;
using Egress.TestKit.Servers;
using MySqlConnector;
using Npgsql;

namespace Egress.EndToEnd.Tests.Matrix;

/// <summary>An empty database in which tests create tables as users do: with SQL, not through Egress.</summary>
internal sealed class RecordTable(string url, DbDataSource source) : IAsyncDisposable
{
    /// <summary>The value of <c>DB_URL</c> for the database.</summary>
    public string Url => url;

    /// <summary>Creates a database.</summary>
    /// <param name="kind"><c>postgres</c> or <c>mariadb</c>.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public static async Task<RecordTable> CreateAsync(string kind, CancellationToken cancellationToken)
    {
        if (kind == "postgres")
        {
            var postgres = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
            return new RecordTable(postgres, NpgsqlDataSource.Create(PostgresServer.ConnectionString(postgres)));
        }

        var mysql = await (await MariaDbServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
        return new RecordTable(mysql, new MySqlDataSource(MariaDbServer.ConnectionString(mysql)));
    }

    /// <summary>Runs a statement.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();
}
