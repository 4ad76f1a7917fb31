using System.Data.Common;
using Egress.Records.Exports;
using Egress.Records.Sql.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Exports;

/// <summary>Keeps exports and their parts in two tables in the schema of the records. Each table is created when its first row is stored.</summary>
internal sealed class SqlExportStore(SqlDatabase database, SqlDialect dialect, string recordsTable, TimeProvider time)
    : SqlVersionedStates(database, dialect, recordsTable, TableName), IExportStore
{
    /// <summary>Name of the table of exports, in the schema of the records.</summary>
    public const string TableName = "egress_exports";

    /// <summary>Name of the table of the parts of exports, in the schema of the records.</summary>
    public const string PartsTableName = "egress_export_parts";

    private readonly SqlDatabase _database = database;
    private readonly SqlDialect _dialect = dialect;
    private readonly SqlOwnTable _parts = new(
        dialect, recordsTable, PartsTableName,
        "id VARCHAR(64) NOT NULL, part INTEGER NOT NULL, length BIGINT NOT NULL, tag VARCHAR(200) NOT NULL, added_at BIGINT NOT NULL, PRIMARY KEY (id, part)",
        "added_at");

    /// <inheritdoc/>
    public async ValueTask AddPartAsync(string id, StoredPart part, CancellationToken cancellationToken) => await _database.RunAsync(
        _parts,
        async (connection, token) =>
        {
            await _parts.CreateAsync(connection, token);
            await using var command = connection.CreateCommand();
            object[] values = [id, part.Number, part.Length, part.Tag, time.GetUtcNow().ToUnixTimeMilliseconds()];
            command.CommandText = $"INSERT INTO {_parts.Name} (id, part, length, tag, added_at) "
                + $"VALUES ({string.Join(", ", values.Select(value => SqlOwnTable.Parameter(command, value)))}) "
                + _dialect.ReplaceExisting(["id", "part"], ["length", "tag", "added_at"]);
            return await command.ExecuteNonQueryAsync(token);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredPart>> FindPartsAsync(string id, CancellationToken cancellationToken) =>
        ReadAsync(id, "part, length, tag", static _ => "ORDER BY part", ReadPart, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoredPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken)
    {
        var found = await ReadAsync(id, "part, length, tag", command => $"AND part = {SqlOwnTable.Parameter(command, number)}", ReadPart, cancellationToken);
        return found is [var part] ? part : null;
    }

    /// <inheritdoc/>
    public async ValueTask<int> CountPartsAsync(string id, CancellationToken cancellationToken) =>
        await ReadAsync(id, "COUNT(*)", static _ => "", static reader => (int)reader.GetInt64(0), cancellationToken) is [var count] ? count : 0;

    /// <inheritdoc/>
    public async ValueTask RemovePartsAsync(string id, CancellationToken cancellationToken) => await _database.RunAsync(
        _parts,
        async (connection, token) =>
        {
            if (!await _parts.ExistsAsync(connection, token))
            {
                return 0;
            }

            await using var command = connection.CreateCommand();
            command.CommandText = $"DELETE FROM {_parts.Name} WHERE id = {SqlOwnTable.Parameter(command, id)}";
            return await command.ExecuteNonQueryAsync(token);
        },
        cancellationToken);

    private static StoredPart ReadPart(DbDataReader reader) => new(reader.GetInt32(0), reader.GetInt64(1), reader.GetString(2));

    /// <summary>Reads the rows of an export; returns none if the table does not exist.</summary>
    private ValueTask<IReadOnlyList<T>> ReadAsync<T>(
        string id, string columns, Func<DbCommand, string> rest, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        _database.RunAsync<IReadOnlyList<T>>(
            _parts,
            async (connection, token) =>
            {
                var rows = new List<T>();
                if (await _parts.ExistsAsync(connection, token))
                {
                    await using var command = connection.CreateCommand();
                    command.CommandText = $"SELECT {columns} FROM {_parts.Name} WHERE id = {SqlOwnTable.Parameter(command, id)} {rest(command)}";
                    await using var reader = await command.ExecuteReaderAsync(token);
                    while (await reader.ReadAsync(token))
                    {
                        rows.Add(read(reader));
                    }
                }

                return rows;
            },
            cancellationToken);
}
