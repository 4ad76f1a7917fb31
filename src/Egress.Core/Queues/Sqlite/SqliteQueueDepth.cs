using Microsoft.Data.Sqlite;

namespace Egress.Queues.Sqlite;

/// <summary>Reads the depth of a queue from a row with count and age in milliseconds.</summary>
internal static class SqliteQueueDepth
{
    /// <summary>Reads a row.</summary>
    public static QueueDepth Read(SqliteDataReader row) =>
        new(row.GetInt64(0), row.IsDBNull(1) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, row.GetInt64(1))));
}
