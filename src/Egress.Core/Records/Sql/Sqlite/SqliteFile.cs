using Egress.Backends;
using Microsoft.Data.Sqlite;

namespace Egress.Records.Sql.Sqlite;

/// <summary>Creates the file and the table of the embedded store.</summary>
internal static class SqliteFile
{
    /// <summary>Creates the folder, the file and the table if they are missing, and does not change existing ones.</summary>
    /// <exception cref="BackendException">The file cannot be created or opened.</exception>
    public static async Task CreateAsync(
        SqliteConnectionStringBuilder connectionString, RecordStoreOptions options, CancellationToken cancellationToken)
    {
        var path = connectionString.DataSource;
        try
        {
            PrivateFile.Create(path);
            await using var connection = new SqliteConnection(connectionString.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = CreateStatement(options);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception exception) when (!exception.IsTranslated(cancellationToken))
        {
            throw new BackendException(
                Backend.Database, SqliteFaults.Classify(exception), $"{path} cannot be created or opened: {exception.Message}", exception);
        }
    }

    /// <summary>With a write-ahead log, readers do not wait for writers. This is a permanent property of the file.</summary>
    private static string CreateStatement(RecordStoreOptions options) => $"""
        PRAGMA journal_mode = WAL;
        CREATE TABLE IF NOT EXISTS {string.Join('.', options.TableName.Split('.').Select(SqliteDialect.Dialect.Quoted))} (
            {SqliteDialect.Dialect.Quoted(options.IdField)} TEXT NOT NULL PRIMARY KEY,
            bucket TEXT NOT NULL DEFAULT '',
            objects TEXT NOT NULL,
            name TEXT,
            callback TEXT,
            password TEXT,
            custom_headers TEXT,
            checksum_file BOOLEAN,
            created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
        );
        """;
}
