using System.Data.Common;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Roles;

/// <summary>Keeps checksums in a table of their own in the schema of the records. The table is created when the first checksum is stored.</summary>
internal sealed class SqlChecksumCache<T>(SqlDatabase database, SqlDialect dialect, SqlChecksumColumn<T> column, string recordsTable, TimeProvider time)
    : IChecksumCache<T>
    where T : struct
{
    /// <summary>The interval at which old checksums are deleted.</summary>
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromDays(1);

    private readonly SqlOwnTable _table = new(
        dialect, recordsTable, column.Table, $"id VARCHAR(64) NOT NULL PRIMARY KEY, {column.Name} {column.Type} NOT NULL, added_at BIGINT NOT NULL", "added_at");

    private long _nextCleaning;

    /// <summary>The current time, as Unix time in seconds.</summary>
    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, T>(keys.Count);
        foreach (var batch in keys.Chunk(dialect.RowsAtATime))
        {
            await database.RunAsync((connection, token) => FindAsync(connection, batch, found, token), cancellationToken);
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken)
    {
        // Checksums are written in the order of their keys, so that processes that write the same checksums at the same time do not deadlock.
        foreach (var batch in checksums.OrderBy(static checksum => checksum.Key, StringComparer.Ordinal).Chunk(dialect.RowsAtATime))
        {
            await database.RunAsync((connection, token) => AddAsync(connection, batch, token), cancellationToken);
        }

        // The deletion is an operation with a time limit of its own, because it takes long in a large table that has no index on the age.
        if (IsCleaningDue())
        {
            await database.RunAsync(CleanAsync, cancellationToken);
        }
    }

    private async Task<bool> FindAsync(DbConnection connection, string[] keys, Dictionary<string, T> found, CancellationToken cancellationToken)
    {
        if (!await _table.ExistsAsync(connection, cancellationToken))
        {
            return false;
        }

        await using var command = connection.CreateCommand();
        var ids = string.Join(", ", keys.Select(key => SqlOwnTable.Parameter(command, key)));
        command.CommandText = $"SELECT id, {column.Name} FROM {_table.Name} WHERE id IN ({ids})";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (column.Read(reader, 1) is { } checksum)
            {
                found[reader.GetString(0)] = checksum;
            }
        }

        return true;
    }

    private async Task<int> AddAsync(DbConnection connection, KeyValuePair<string, T>[] checksums, CancellationToken cancellationToken)
    {
        await _table.CreateAsync(connection, cancellationToken);

        await using var command = connection.CreateCommand();
        var added = SqlOwnTable.Parameter(command, Now);
        var rows = checksums.Select(checksum =>
            $"({SqlOwnTable.Parameter(command, checksum.Key)}, {SqlOwnTable.Parameter(command, column.Write(checksum.Value))}, {added})");
        command.CommandText = $"INSERT INTO {_table.Name} (id, {column.Name}, added_at) VALUES {string.Join(", ", rows)} {dialect.KeepExisting}";
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private bool IsCleaningDue()
    {
        var (now, due) = (Now, Volatile.Read(ref _nextCleaning));
        return now >= due && Interlocked.CompareExchange(ref _nextCleaning, now + (long)CleaningInterval.TotalSeconds, due) == due;
    }

    private async Task<int> CleanAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        var oldest = SqlOwnTable.Parameter(command, Now - (long)ChecksumCacheLimits.Lifetime.TotalSeconds);
        command.CommandText = $"DELETE FROM {_table.Name} WHERE added_at < {oldest}";
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
