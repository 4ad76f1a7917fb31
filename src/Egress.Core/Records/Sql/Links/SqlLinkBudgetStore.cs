using System.Data.Common;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>Keeps each budget in the row of its link in the table <see cref="SqlLinkTable"/>.</summary>
internal sealed class SqlLinkBudgetStore(SqlDatabase database, SqlOwnTable table) : ILinkBudgetStore
{
    /// <inheritdoc/>
    public async ValueTask<StoredBudget> FindBudgetAsync(string id, CancellationToken cancellationToken) => await SqlLinkStore.GuardAsync(
        database.RunAsync((connection, token) => FindAsync(connection, LinkCursor.KeyOf(id), token), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<bool> TryPutBudgetAsync(string id, long expected, string state, CancellationToken cancellationToken) =>
        await SqlLinkStore.GuardAsync(database.RunAsync(
            (connection, token) => SqlLinkRow.ExecuteAsync(
                connection,
                command =>
                {
                    string P(object value) => SqlOwnTable.Parameter(command, value);
                    return $"UPDATE {table.Name} SET budget_version = {P(expected + 1)}, budget = {P(state)} "
                        + $"WHERE link_key = {P(LinkCursor.KeyOf(id))} AND budget_version = {P(expected)}";
                },
                token),
            cancellationToken)) > 0;

    private async Task<StoredBudget> FindAsync(DbConnection connection, string key, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT budget_version, budget FROM {table.Name} WHERE link_key = {SqlOwnTable.Parameter(command, key)}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new StoredBudget(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetString(1))
            : default;
    }
}
