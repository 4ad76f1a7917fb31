using Microsoft.Data.Sqlite;

namespace Egress.Queues.Sqlite;

/// <summary>The tables of a queue file, and the migrations from earlier versions.</summary>
internal static class QueueSchema
{
    private const long Version = 1;

    private const string Tables = """
        CREATE TABLE IF NOT EXISTS messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL,
            visible_at INTEGER NOT NULL,
            dequeue_count INTEGER NOT NULL DEFAULT 0,
            receipt TEXT NOT NULL,
            holder TEXT
        );
        CREATE INDEX IF NOT EXISTS messages_visible_at ON messages (visible_at);
        CREATE TABLE IF NOT EXISTS poison (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL
        );
        """;

    /// <summary>Creates the tables that are missing, and changes those of an older version.</summary>
    /// <param name="connection">The open file.</param>
    /// <param name="now">The time, in milliseconds, that messages get which an earlier version stored without a time.</param>
    public static void Update(SqliteConnection connection, long now)
    {
        connection.Execute("PRAGMA journal_mode = WAL");
        if (connection.QueryNumber("PRAGMA user_version") >= Version)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        if (connection.QueryNumber("PRAGMA user_version") < Version) // another process may have migrated the file meanwhile
        {
            connection.Execute(Tables);
            foreach (var table in (ReadOnlySpan<string>)["messages", "poison"])
            {
                connection.Execute($"ALTER TABLE {table} ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0");
                connection.Execute($"UPDATE {table} SET added_at = {now}");
            }

            connection.Execute($"PRAGMA user_version = {Version}");
        }

        transaction.Commit();
    }

    /// <summary>Runs a statement.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a query that returns one number; null counts as zero.</summary>
    public static long QueryNumber(this SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }
}
