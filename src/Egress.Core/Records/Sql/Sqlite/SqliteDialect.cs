using Egress.Records.Sql.Tables;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Egress.Records.Sql.Sqlite;

/// <summary>The SQL dialect of SQLite.</summary>
internal static class SqliteDialect
{
    public static SqlDialect Dialect { get; } = new()
    {
        Quote = '"',
        ColumnNames = StringComparer.OrdinalIgnoreCase,
        BlobType = "BLOB",
        // The number is small, because SQLite searches the names of all parameters for each parameter, and the time grows with the square of their
        // number.
        RowsAtATime = 100,
        ColumnsQuery = """
            SELECT COALESCE('"' || @schema || '".', '') || '"' || @table || '"', name, type
            FROM pragma_table_info(@table, COALESCE(@schema, 'main'))
            """,
        // SQLite does not allow a schema before the name of the table after ON.
        CreateTable = static (table, columns, indexed) => $"""
            CREATE TABLE IF NOT EXISTS {table} ({columns});
            CREATE INDEX IF NOT EXISTS {table.Split('.')[^1].Trim('"')}_{indexed} ON {table.Split('.')[^1]} ({indexed})
            """,
        TableExists = static name =>
            $"EXISTS (SELECT 1 FROM {(name is [var schema, _] ? $"\"{schema}\"" : "main")}.sqlite_master WHERE type = 'table' AND name = '{name[^1]}')",
        // If the database has the encoding UTF-16, the length in bytes is divided by two. The result is at most the length in UTF-8.
        LengthOf = static (column, _) => $"(octet_length({column}) / (CASE (SELECT encoding FROM pragma_encoding) WHEN 'UTF-8' THEN 1 ELSE 2 END))",
        ClassifyId = ClassifyId,
        Classify = SqliteFaults.Classify,
        // The driver's text reader is not used, because it decodes the bytes of a database with UTF-16 as UTF-8.
        OpenText = static (reader, ordinal) => new StringReader(reader.GetString(ordinal)),
        IsDuplicateKey = static exception => exception is SqliteException
        {
            SqliteExtendedErrorCode: raw.SQLITE_CONSTRAINT_PRIMARYKEY or raw.SQLITE_CONSTRAINT_UNIQUE or raw.SQLITE_CONSTRAINT_ROWID,
        },
    };

    /// <summary>
    /// Returns how ids are stored in a column. SQLite columns have no types but affinities, which depend on words in the declared type ("Datatypes in
    /// SQLite" §3.1). A UUID is stored and compared as text.
    /// </summary>
    private static IdType? ClassifyId(string declared) =>
        Contains(declared, "INT") ? IdType.Integer
        : Contains(declared, "REAL") || Contains(declared, "FLOA") || Contains(declared, "DOUB") ? null
        : IdType.Text;

    private static bool Contains(string declared, string word) => declared.Contains(word, StringComparison.OrdinalIgnoreCase);
}
