using System.Globalization;
using Egress.Records.Json;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>
/// Keeps the database from transferring values that are too long. If the database has lateral joins, the look-up of such a row returns nulls instead
/// of its values. Otherwise it returns no row, and a second statement decides whether the row exists.
/// </summary>
internal sealed class SqlLengthLimit(SqlDialect dialect, SqlTableCatalog catalog, RecordLimits limits)
{
    /// <summary>Returns the fields of a table whose length is limited, in the order of <see cref="LengthsOf"/>.</summary>
    public IReadOnlyList<string> FieldsOf(SqlTable table) =>
        [.. SqlRecordReader.Fields.Where(field => LimitOf(field) > 0 && catalog.Find(table.Columns, field) >= 0)];

    /// <summary>Returns the SQL condition for rows whose values are short enough; empty if no field is limited.</summary>
    public string Condition(SqlTable table) => string.Concat(FieldsOf(table).Select(
        field => string.Create(CultureInfo.InvariantCulture, $" AND COALESCE({LengthOf(table, field)}, 0) <= {LimitOf(field)}")));

    /// <summary>
    /// Returns the statement of a look-up. It selects the id, all columns of the row if its values are short enough, and the column of the link.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="link">The SQL of the column with the state of the link.</param>
    public string Select(SqlTable table, string link)
    {
        var id = dialect.Quoted(table.Id.Name);
        return dialect.HasLateralJoins
            ? $"SELECT r.{id}, f.*, {link} FROM {table.Name} r LEFT JOIN LATERAL (SELECT r.* WHERE 1 = 1{Condition(table)}) f ON TRUE WHERE r.{id} = @id"
            : $"SELECT r.{id}, r.*, {link} FROM {table.Name} r WHERE r.{id} = @id{Condition(table)}";
    }

    /// <summary>Whether the look-up may have returned this result because a value is too long.</summary>
    public bool MayHaveRefused(RecordRow? row) => dialect.HasLateralJoins ? row is { Record: null } : row is null;

    /// <summary>Returns the SQL of the columns with the lengths of all limited fields.</summary>
    public string LengthsOf(SqlTable table) => string.Join(", ", FieldsOf(table).Select(field => $"COALESCE({LengthOf(table, field)}, 0)"));

    /// <summary>Throws if a value is too long.</summary>
    /// <exception cref="Backends.BackendException">Malformed: names the field.</exception>
    public void Check(string id, string field, long length)
    {
        if (length > LimitOf(field))
        {
            var place = new RecordPlace(id, field);
            throw field is "objects" ? place.TooLarge(limits) : place.Unreadable($"is longer than {RecordLimits.MaxText} bytes");
        }
    }

    /// <summary>Returns the largest length of a field, in bytes; zero is unlimited.</summary>
    private long LimitOf(string field) => field is "objects" ? limits.MaxSize : RecordLimits.MaxText;

    private string LengthOf(SqlTable table, string field)
    {
        var column = catalog.Find(table.Columns, field);
        return dialect.LengthOf($"r.{dialect.Quoted(table.Columns[column])}", table.Types[column]);
    }
}
