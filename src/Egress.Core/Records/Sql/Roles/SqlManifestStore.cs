using System.Data.Common;
using Egress.Backends;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;
using static Egress.Records.Sql.Tables.SqlOwnTable;

namespace Egress.Records.Sql.Roles;

/// <summary>
/// Keeps manifests in a table of their own in the schema of the records, with a row for each part. The table is created when the first manifest is
/// stored.
/// </summary>
internal sealed class SqlManifestStore(SqlDatabase database, SqlDialect dialect, string recordsTable, TimeProvider time) : IManifestStore
{
    /// <summary>Name of the table of manifests, in the schema of the records.</summary>
    public const string TableName = "egress_manifests";

    /// <summary>The largest number of expired rows that one statement deletes. Together they are up to 16 MiB.</summary>
    public const int SweptAtOnce = 256;

    /// <summary>The interval at which expired rows are deleted. If more of them are left, the next write deletes them without a wait.</summary>
    private static readonly TimeSpan SweepingInterval = TimeSpan.FromMinutes(1);

    private readonly SqlOwnTable _table = new(
        dialect, recordsTable, TableName,
        $"id VARCHAR(64) NOT NULL, part INTEGER NOT NULL, data {dialect.BlobType} NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (id, part)", "expires_at");

    private long _nextSweep;

    /// <summary>The current time, as Unix time in seconds.</summary>
    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken)
    {
        var parts = new List<byte[]>();
        for (var read = 0; read < count && parts.Count == read; read += ManifestStoreLimits.PartsPerRead)
        {
            var (from, to) = (first + read, first + Math.Min(count, read + ManifestStoreLimits.PartsPerRead));
            parts.AddRange(await RunAsync((connection, token) => ReadAsync(connection, id, from, to, token), cancellationToken));
        }

        return parts;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        foreach (var batch in parts.Index().Chunk(ManifestStoreLimits.PartsPerWrite))
        {
            await RunAsync((connection, token) => WriteAsync(connection, id, batch, lifetime, token), cancellationToken);
        }

        // Expired rows are deleted in an operation with a time limit of its own.
        var (now, due) = (Now, Volatile.Read(ref _nextSweep));
        if (now >= due && Interlocked.CompareExchange(ref _nextSweep, now + (long)SweepingInterval.TotalSeconds, due) == due
            && await RunAsync(SweepAsync, cancellationToken) == SweptAtOnce)
        {
            Volatile.Write(ref _nextSweep, now);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken) =>
        await ChangeAsync(id, (command, named) => $"UPDATE {_table.Name} SET expires_at = {Parameter(command, ExpiryAfter(lifetime))} WHERE id = {named}", cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken) =>
        await ChangeAsync(id, (_, named) => $"DELETE FROM {_table.Name} WHERE id = {named}", cancellationToken);

    /// <summary>Runs a statement on all parts of a value, if the table exists.</summary>
    private async Task ChangeAsync(string id, Func<DbCommand, string, string> statement, CancellationToken cancellationToken) =>
        await RunAsync(
            async (connection, token) =>
            {
                if (!await _table.ExistsAsync(connection, token))
                {
                    return 0;
                }

                await using var command = connection.CreateCommand();
                command.CommandText = statement(command, Parameter(command, id));
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    private async Task<List<byte[]>> ReadAsync(DbConnection connection, string id, int first, int end, CancellationToken cancellationToken)
    {
        var parts = new List<byte[]>();
        if (!await _table.ExistsAsync(connection, cancellationToken))
        {
            return parts;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT part, data FROM {_table.Name} WHERE id = {Parameter(command, id)} AND part >= {Parameter(command, first)} "
            + $"AND part < {Parameter(command, end)} AND expires_at > {Parameter(command, Now)} ORDER BY part";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken) && reader.GetInt32(0) == first + parts.Count)
        {
            parts.Add(await reader.GetFieldValueAsync<byte[]>(1, cancellationToken));
        }

        return parts;
    }

    private async Task<int> WriteAsync(
        DbConnection connection, string id, (int Index, byte[] Part)[] parts, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await _table.CreateAsync(connection, cancellationToken);
        await using var command = connection.CreateCommand();
        var (named, expiry) = (Parameter(command, id), Parameter(command, ExpiryAfter(lifetime)));
        var rows = parts.Select(part => $"({named}, {Parameter(command, part.Index)}, {Parameter(command, part.Part)}, {expiry})");
        command.CommandText = $"INSERT INTO {_table.Name} (id, part, data, expires_at) VALUES {string.Join(", ", rows)} "
            + dialect.ReplaceExisting(["id", "part"], ["data", "expires_at"]);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<int> SweepAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = dialect.DeleteSome(_table.Name, "id, part", $"expires_at <= {Parameter(command, Now)}", SweptAtOnce);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken)
    {
        try
        {
            return await database.RunAsync(statement, cancellationToken);
        }
        catch (BackendException)
        {
            // The table may have been dropped, so the next statement reads the catalog again.
            _table.Forget();
            throw;
        }
    }

    private long ExpiryAfter(TimeSpan lifetime) => Now + (long)Math.Ceiling(lifetime.TotalSeconds);
}
