using System.Data.Common;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Roles;

/// <summary>Keeps states in a table in the schema of the records. The table is created when the first state is stored.</summary>
/// <param name="database">The database.</param>
/// <param name="dialect">The SQL dialect of the database.</param>
/// <param name="recordsTable">Name of the table of records.</param>
/// <param name="name">Name of the table, in the schema of the records.</param>
internal class SqlVersionedStates(SqlDatabase database, SqlDialect dialect, string recordsTable, string name) : IVersionedStates
{
    private readonly SqlOwnTable _table = new(
        dialect, recordsTable, name,
        $"id VARCHAR(64) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, due_at BIGINT NOT NULL, state {dialect.TextType} NOT NULL", "due_at");

    /// <inheritdoc/>
    public ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken) => database.RunAsync(
        _table,
        async (connection, token) =>
        {
            if (!await _table.ExistsAsync(connection, token))
            {
                return null;
            }

            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT version, due_at, state FROM {_table.Name} WHERE id = {SqlOwnTable.Parameter(command, key)}";
            await using var reader = await command.ExecuteReaderAsync(token);
            return await reader.ReadAsync(token)
                ? new VersionedState(reader.GetInt64(0), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)), reader.GetString(2))
                : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) => database.RunAsync(
        _table,
        (connection, token) => expected == 0 ? TryAddAsync(connection, key, next, token) : TryReplaceAsync(connection, key, expected, next, token),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) => database.RunAsync(
        _table,
        async (connection, token) =>
        {
            if (!await _table.ExistsAsync(connection, token))
            {
                return false;
            }

            await using var command = connection.CreateCommand();
            command.CommandText =
                $"DELETE FROM {_table.Name} WHERE id = {SqlOwnTable.Parameter(command, key)} AND version = {SqlOwnTable.Parameter(command, expected)}";
            return await command.ExecuteNonQueryAsync(token) > 0;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken) =>
        database.RunAsync<IReadOnlyList<string>>(
            _table,
            async (connection, token) =>
            {
                var keys = new List<string>();
                if (!await _table.ExistsAsync(connection, token))
                {
                    return keys;
                }

                await using var command = connection.CreateCommand();
                command.CommandText = $"SELECT id FROM {_table.Name} WHERE due_at <= {SqlOwnTable.Parameter(command, now.ToUnixTimeMilliseconds())} "
                    + $"ORDER BY due_at LIMIT {SqlOwnTable.Parameter(command, most)}";
                await using var reader = await command.ExecuteReaderAsync(token);
                while (await reader.ReadAsync(token))
                {
                    keys.Add(reader.GetString(0));
                }

                return keys;
            },
            cancellationToken);

    private async Task<bool> TryAddAsync(DbConnection connection, string key, VersionedState next, CancellationToken cancellationToken)
    {
        await _table.CreateAsync(connection, cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO {_table.Name} (id, version, due_at, state) VALUES ({SqlOwnTable.Parameter(command, key)}, {Values(command, next)})";
        try
        {
            return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        }
        catch (DbException exception) when (dialect.IsDuplicateKey(exception))
        {
            return false;
        }
    }

    private async Task<bool> TryReplaceAsync(
        DbConnection connection, string key, long expected, VersionedState next, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        var (version, due, state) = Parameters(command, next);
        command.CommandText = $"UPDATE {_table.Name} SET version = {version}, due_at = {due}, state = {state} "
            + $"WHERE id = {SqlOwnTable.Parameter(command, key)} AND version = {SqlOwnTable.Parameter(command, expected)}";
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    private static string Values(DbCommand command, VersionedState next)
    {
        var (version, due, state) = Parameters(command, next);
        return $"{version}, {due}, {state}";
    }

    private static (string Version, string DueAt, string State) Parameters(DbCommand command, VersionedState next) => (
        SqlOwnTable.Parameter(command, next.Version),
        SqlOwnTable.Parameter(command, next.DueAt.ToUnixTimeMilliseconds()),
        SqlOwnTable.Parameter(command, next.State));
}
