using Egress.Backends;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Egress.Records.Sql.Sqlite;

/// <summary>Translates what SQLite reports ("Result and Error Codes").</summary>
internal static class SqliteFaults
{
    public static BackendFault Classify(Exception exception) => exception is SqliteException sqlite
        ? sqlite.SqliteErrorCode switch
        {
            raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY => BackendFault.Denied,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => BackendFault.TimedOut,
            raw.SQLITE_ERROR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH
                => BackendFault.Malformed,
            _ => BackendFault.Unavailable,
        }
        : BackendFault.Unavailable;
}
