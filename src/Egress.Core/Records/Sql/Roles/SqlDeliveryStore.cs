using Egress.Records.Roles;

namespace Egress.Records.Sql.Roles;

/// <summary>Keeps the states of deliveries in a table in the schema of the records.</summary>
internal sealed class SqlDeliveryStore(SqlDatabase database, SqlDialect dialect, string recordsTable)
    : SqlVersionedStates(database, dialect, recordsTable, TableName), IDeliveryStore
{
    /// <summary>Name of the table of deliveries, in the schema of the records.</summary>
    public const string TableName = "egress_deliveries";
}
