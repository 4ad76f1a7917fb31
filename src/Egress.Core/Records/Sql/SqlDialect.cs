using System.Data.Common;
using Egress.Backends;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>Describes how one SQL database differs from others.</summary>
internal sealed record SqlDialect
{
    /// <summary>
    /// The query that lists the columns of a table. Parameters: <c>@schema</c> (text or null), <c>@table</c>, and for databases that fold names to
    /// lower case <c>@written</c> and <c>@folded</c>, the quoted name in both forms. Each row has the quoted name of the table, the name of a column
    /// and its type. There are no rows if the table does not exist.
    /// </summary>
    public required string ColumnsQuery { get; init; }

    /// <summary>The largest number of rows that one statement inserts or finds by parameters.</summary>
    public int RowsAtATime { get; init; } = ChecksumCacheLimits.BatchSize;

    /// <summary>The end of an insert of many rows that leaves rows with an existing <c>id</c> unchanged.</summary>
    public string KeepExisting { get; init; } = "ON CONFLICT (id) DO NOTHING";

    /// <summary>
    /// Returns the end of an insert of many rows that replaces rows with an existing key. Arguments: the columns of the key, and the other columns.
    /// </summary>
    public Func<string[], string[], string> ReplaceExisting { get; init; } = static (key, others) =>
        $"ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET {string.Join(", ", others.Select(static column => $"{column} = excluded.{column}"))}";

    /// <summary>Returns a statement that deletes a limited number of rows. Arguments: the table, the columns of its key, the condition, the number.</summary>
    public Func<string, string, string, int, string> DeleteSome { get; init; } = static (table, key, condition, most) =>
        $"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {condition} LIMIT {most})";

    /// <summary>The type of a column for binary values of up to some hundred KiB.</summary>
    public required string BlobType { get; init; }

    /// <summary>
    /// Returns the statements that create a table with an index, unless the table exists. Arguments: the quoted name of the table, its columns, and
    /// the column with the index.
    /// </summary>
    public required Func<string, string, string, string> CreateTable { get; init; }

    /// <summary>
    /// Returns an expression that is true if a table exists. The argument is the name of the table, preceded by the name of its schema if it has one.
    /// </summary>
    public required Func<string[], string> TableExists { get; init; }

    /// <summary>The type of a column for texts of any length with any characters.</summary>
    public string TextType { get; init; } = "TEXT";

    /// <summary>The type of a column for case-sensitive names of up to 64 characters.</summary>
    public string NameType { get; init; } = "VARCHAR(64)";

    /// <summary>The character with which identifiers are quoted.</summary>
    public required char Quote { get; init; }

    /// <summary>The comparer with which the database compares names of columns.</summary>
    public required StringComparer ColumnNames { get; init; }

    /// <summary>Returns how ids are stored in a column of the type that <see cref="ColumnsQuery"/> returns; null for types that cannot hold ids.</summary>
    public required Func<string, IdType?> ClassifyId { get; init; }

    /// <summary>Returns the kind of failure for an exception of the driver.</summary>
    public required Func<Exception, BackendFault> Classify { get; init; }

    /// <summary>Whether an insert failed because the id exists already.</summary>
    public required Func<DbException, bool> IsDuplicateKey { get; init; }

    /// <summary>Whether a look-up failed because the id has characters that the encoding of the column does not have.</summary>
    public Func<DbException, bool> CannotHoldId { get; init; } = static _ => false;

    /// <summary>Changes a text parameter so that the database gives it the type of the column with which it is compared.</summary>
    public Action<DbParameter> AdaptText { get; init; } = static _ => { };

    /// <summary>Whether values of a type are padded with blanks. The argument is the name of the type that the data reader returns.</summary>
    public Func<string, bool> IsBlankPadded { get; init; } = static _ => false;

    /// <summary>Opens the text of a column. A long text is read while it arrives, if the driver supports that.</summary>
    public Func<DbDataReader, int, TextReader> OpenText { get; init; } = static (reader, ordinal) => reader.GetTextReader(ordinal);

    /// <summary>
    /// Returns an expression for the length of a value, with which values that are too long are not transferred. Whatever the encoding of the column,
    /// the result is at most the length of the value in UTF-8 bytes. Arguments: the column, and its type as <see cref="ColumnsQuery"/> returns it.
    /// </summary>
    public required Func<string, string, string> LengthOf { get; init; }

    /// <summary>
    /// Whether the database supports lateral joins. With them, the look-up returns a row without its values if they are too long, so that a look-up
    /// that finds no row needs no second statement.
    /// </summary>
    public bool HasLateralJoins { get; init; }

    /// <summary>Makes a driver that caches the types of the database load them again.</summary>
    public Func<DbConnection, CancellationToken, Task> ReloadTypes { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Quotes a name for a statement. Names have been checked and contain no quotes.</summary>
    public string Quoted(string name) => $"{Quote}{name}{Quote}";
}
