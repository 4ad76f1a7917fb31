namespace Egress.Records.Sql.Tables;

/// <summary>The layout of the table of records, as the database catalog describes it.</summary>
/// <param name="Name">The quoted name of the table, for statements.</param>
/// <param name="Id">Its id column.</param>
/// <param name="Columns">All columns, as the database spells them.</param>
/// <param name="Types">Their types, as <see cref="SqlDialect.ColumnsQuery"/> returns them.</param>
internal sealed record SqlTable(string Name, IdColumn Id, IReadOnlyList<string> Columns, IReadOnlyList<string> Types);
