using System.Globalization;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>
/// Keeps values that are too long from being transferred, where the driver would hold them whole: the row is not selected. Another statement
/// finds out whether a row was left out or does not exist.
/// </summary>
internal sealed class SqlLengthLimit(SqlDialect dialect, SqlTableCatalog catalog, RecordLimits limits)
{
    /// <summary>The fields of a table that are limited, in the order of <see cref="LengthsOf"/>.</summary>
    public IReadOnlyList<string> FieldsOf(SqlTable table) => dialect.LengthOf is null
        ? []
        : [.. SqlRecordReader.Fields.Where(field => LimitOf(field) > 0 && catalog.Find(table.Columns, field) >= 0)];

    /// <summary>The condition that a row fulfills whose values are short enough; empty if nothing is limited.</summary>
    public string Condition(SqlTable table) => string.Concat(FieldsOf(table).Select(
        field => string.Create(CultureInfo.InvariantCulture, $" AND COALESCE({LengthOf(table, field)}, 0) <= {LimitOf(field)}")));

    /// <summary>The lengths of all limited fields, as the columns of a statement.</summary>
    public string LengthsOf(SqlTable table) => string.Join(", ", FieldsOf(table).Select(field => $"COALESCE({LengthOf(table, field)}, 0)"));

    /// <summary>Refuses a value if it is too long.</summary>
    /// <exception cref="Backends.BackendException">Malformed: names the field.</exception>
    public void Check(string id, string field, long length)
    {
        if (length > LimitOf(field))
        {
            var place = new RecordPlace(id, field);
            throw field is "objects" ? place.TooLarge(limits) : place.Unreadable($"is longer than {RecordLimits.MaxText} bytes");
        }
    }

    /// <summary>The longest value of a field; zero is unlimited.</summary>
    private long LimitOf(string field) => field is "objects" ? limits.MaxSize : RecordLimits.MaxText;

    private string LengthOf(SqlTable table, string field) => dialect.LengthOf!($"r.{dialect.Quoted(table.Columns[catalog.Find(table.Columns, field)])}");
}
