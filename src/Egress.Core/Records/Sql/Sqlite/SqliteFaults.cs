using Egress.Backends;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Egress.Records.Sql.Sqlite;

/// <summary>Translates the exceptions of SQLite. Its page "Result and Error Codes" lists the codes.</summary>
internal static class SqliteFaults
{
    public static BackendFault Classify(Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: var code } => Classify(code),
        UnauthorizedAccessException or IOException => BackendFault.Denied,
        _ => BackendFault.Unavailable,
    };

    private static BackendFault Classify(int code) => code switch
    {
        raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY => BackendFault.Denied,
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => BackendFault.TimedOut,
        raw.SQLITE_ERROR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH => BackendFault.Malformed,
        _ => BackendFault.Unavailable,
    };
}
