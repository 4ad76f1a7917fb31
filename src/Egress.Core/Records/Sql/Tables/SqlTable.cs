namespace Egress.Records.Sql.Tables;

/// <summary>The table of records, read from the catalog.</summary>
/// <param name="Name">Its quoted name for statements.</param>
/// <param name="Id">Its id column.</param>
/// <param name="Columns">All columns, as the database spells them.</param>
/// <param name="Types">Their types, as <see cref="SqlDialect.ColumnsQuery"/> returns them.</param>
internal sealed record SqlTable(string Name, IdColumn Id, IReadOnlyList<string> Columns, IReadOnlyList<string> Types);
