using System.Data.Common;
using Egress.Backends;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>The differences of one SQL database from others, as data.</summary>
internal sealed record SqlDialect
{
    /// <summary>Lists the columns of a table. Parameters: <c>@schema</c> (text or null), <c>@table</c>, and for databases that fold
    /// names <c>@written</c> and <c>@folded</c>, the quoted name. Rows: the quoted name of the table, column, type; no rows if there is no such
    /// table.</summary>
    public required string ColumnsQuery { get; init; }

    /// <summary>The largest number of rows that one statement names by parameters.</summary>
    public int RowsAtATime { get; init; } = ChecksumCacheLimits.BatchSize;

    /// <summary>Ends an insert of many rows so that rows with an existing id are not changed. The column is called <c>id</c>.</summary>
    public string KeepExisting { get; init; } = "ON CONFLICT (id) DO NOTHING";

    /// <summary>Ends an insert of many rows so that rows with an existing key are replaced. Arguments: the columns of the key, and the others.</summary>
    public Func<string[], string[], string> ReplaceExisting { get; init; } = static (key, others) =>
        $"ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {string.Join(", ", others.Select(static column => $"{column} = excluded.{column}"))}";

    /// <summary>Writes a statement that deletes a limited number of rows. Arguments: the table, the columns of its key, the condition, the number.</summary>
    public Func<string, string, string, int, string> DeleteSome { get; init; } = static (table, key, condition, most) =>
        $"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {most})";

    /// <summary>A column type for up to some hundred KiB.</summary>
    public required string BlobType { get; init; }

    /// <summary>
    /// Writes the statements that create a table with an index if it does not exist. Arguments: the quoted name of the table, its columns, and the
    /// column with the index.
    /// </summary>
    public required Func<string, string, string, string> CreateTable { get; init; }

    /// <summary>Writes an expression that is true when a table exists. The argument is its name, after that of its schema if it has one.</summary>
    public required Func<string[], string> TableExists { get; init; }

    /// <summary>A column type for texts of any length with any character.</summary>
    public string TextType { get; init; } = "TEXT";

    /// <summary>A column type for names of up to 64 characters, in which upper and lower case differ.</summary>
    public string NameType { get; init; } = "VARCHAR(64)";

    /// <summary>The quote of identifiers.</summary>
    public required char Quote { get; init; }

    /// <summary>How names of columns are compared.</summary>
    public required StringComparer ColumnNames { get; init; }

    /// <summary>Returns how ids are stored in a column of the type that <see cref="ColumnsQuery"/> returns; null for types that cannot hold ids.</summary>
    public required Func<string, IdType?> ClassifyId { get; init; }

    /// <summary>Translates the exceptions of the driver.</summary>
    public required Func<Exception, BackendFault> Classify { get; init; }

    /// <summary>Whether an insert failed because the id exists already.</summary>
    public required Func<DbException, bool> IsDuplicateKey { get; init; }

    /// <summary>Whether a look-up failed because the id has characters that the encoding of the column does not have.</summary>
    public Func<DbException, bool> CannotHoldId { get; init; } = static _ => false;

    /// <summary>Adapts a text parameter, so that the database gives it the type of the column with which it is compared.</summary>
    public Action<DbParameter> AdaptText { get; init; } = static _ => { };

    /// <summary>Whether values of this type (named as by the reader) are padded with blanks.</summary>
    public Func<string, bool> IsBlankPadded { get; init; } = static _ => false;

    /// <summary>Opens the text of a column. If the driver supports that, a long text is read while it arrives.</summary>
    public Func<DbDataReader, int, TextReader> OpenText { get; init; } = static (reader, ordinal) => reader.GetTextReader(ordinal);

    /// <summary>
    /// Writes an expression for the length of a column, so that a value that is too long is not transferred. In any encoding of the column, the
    /// result is at most the length in bytes of UTF-8. Arguments: the column, and its type as <see cref="ColumnsQuery"/> returns it.
    /// </summary>
    public required Func<string, string, string> LengthOf { get; init; }

    /// <summary>Whether one statement can return a row without its values when they are too long, so that a missing row needs no second statement.</summary>
    public bool HasLateralJoins { get; init; }

    /// <summary>Makes the driver load the types of the database again, if it caches them.</summary>
    public Func<DbConnection, CancellationToken, Task> ReloadTypes { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Quotes a name for a statement. Names have been checked and contain no quotes.</summary>
    public string Quoted(string name) => $"{Quote}{name}{Quote}";
}
