using Microsoft.Data.Sqlite;

namespace Egress.Queues.Sqlite;

/// <summary>Reads the depth of a queue from a row with the number of messages and the age of the oldest one in milliseconds.</summary>
internal static class SqliteQueueDepth
{
    /// <summary>Reads the depth from a row.</summary>
    public static QueueDepth Read(SqliteDataReader row) =>
        new(row.GetInt64(0), row.IsDBNull(1) ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(0, row.GetInt64(1))));
}
