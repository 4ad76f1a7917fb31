using System.Data.Common;
using Egress.Backends;

namespace Egress.Records.Sql;

/// <summary>In what one SQL database differs from the others, as data.</summary>
internal sealed record SqlDialect
{
    /// <summary>Lists the columns of a table. Parameters: <c>@schema</c> (text or null), <c>@table</c>, and for databases that fold
    /// names <c>@written</c> and <c>@folded</c>, the quoted name. Rows: the table as a statement names it, column, type; none when
    /// there is no such table.</summary>
    public required string ColumnsQuery { get; init; }

    /// <summary>Ends an insert of many rows so that rows whose id is taken are left as they are. The column is called <c>id</c>.</summary>
    public string KeepExisting { get; init; } = "ON CONFLICT (id) DO NOTHING";

    /// <summary>Makes what creates a table with an index where there is none. Arguments: the table as a statement names it, its columns, and
    /// the one with the index.</summary>
    public required Func<string, string, string, string> CreateTable { get; init; }

    /// <summary>What identifiers are quoted with.</summary>
    public required char Quote { get; init; }

    /// <summary>How names of columns are compared.</summary>
    public required StringComparer ColumnNames { get; init; }

    /// <summary>Tells how ids are stored by the type that <see cref="ColumnsQuery"/> gives; null for types that hold no ids.</summary>
    public required Func<string, IdType?> ClassifyId { get; init; }

    /// <summary>Translates what the driver throws.</summary>
    public required Func<Exception, BackendFault> Classify { get; init; }

    /// <summary>Whether an insert failed because the id is taken.</summary>
    public required Func<DbException, bool> IsDuplicateKey { get; init; }

    /// <summary>Whether a look-up failed because the id has characters that the column, by its encoding, cannot hold.</summary>
    public Func<DbException, bool> CannotHoldId { get; init; } = static _ => false;

    /// <summary>Adapts a parameter that holds text, so that the database takes it as the type of the column it is compared with.</summary>
    public Action<DbParameter> AdaptText { get; init; } = static _ => { };

    /// <summary>Whether values of this type (as the reader names it) are filled up with blanks that do not count.</summary>
    public Func<string, bool> IsBlankPadded { get; init; } = static _ => false;

    /// <summary>Opens the text of a column, so that a long one is read while it arrives where the driver can do that.</summary>
    public Func<DbDataReader, int, TextReader> OpenText { get; init; } = static (reader, ordinal) => reader.GetTextReader(ordinal);

    /// <summary>Makes the driver load the types of the database again, where it caches them.</summary>
    public Func<DbConnection, CancellationToken, Task> ReloadTypes { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Puts a name into a statement. Names have been checked, and hold no quotes.</summary>
    public string Quoted(string name) => $"{Quote}{name}{Quote}";
}
