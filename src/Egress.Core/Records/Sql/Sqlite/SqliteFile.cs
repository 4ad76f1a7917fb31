using Egress.Backends;
using Microsoft.Data.Sqlite;

namespace Egress.Records.Sql.Sqlite;

/// <summary>Creates the file and the table of the embedded store.</summary>
internal static class SqliteFile
{
    /// <summary>Creates the folder, the file and the table that are missing. Existing ones are not changed.</summary>
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

    /// <summary>
    /// Returns the statements that create the table and turn on the write-ahead log, with which readers do not wait for writers. SQLite stores this
    /// mode in the file.
    /// </summary>
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
