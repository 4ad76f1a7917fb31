using System.Data.Common;

namespace Egress.Records.Sql;

/// <summary>Checksums in a separate table in the schema of the records. The table is created with the first checksum.</summary>
internal sealed class SqlCrcCache(SqlDatabase database, SqlDialect dialect, string recordsTable, TimeProvider time) : ICrcCache
{
    /// <summary>Name of the table, in the schema of the records.</summary>
    public const string TableName = "egress_crc_cache";

    /// <summary>How often old checksums are deleted.</summary>
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromDays(1);

    private readonly SqlOwnTable _table = new(
        dialect, recordsTable, TableName, "id VARCHAR(64) NOT NULL PRIMARY KEY, crc32 BIGINT NOT NULL, added_at BIGINT NOT NULL", "added_at");

    private long _nextCleaning;

    /// <summary>Unix time in seconds.</summary>
    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, uint>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, uint>(keys.Count);
        foreach (var batch in keys.Chunk(CrcCacheLimits.BatchSize))
        {
            await database.RunAsync((connection, token) => FindAsync(connection, batch, found, token), cancellationToken);
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(IReadOnlyDictionary<string, uint> crcs, CancellationToken cancellationToken)
    {
        // Always in the same order: processes that write the same checksums at once then wait for each other without a deadlock.
        foreach (var batch in crcs.OrderBy(static crc => crc.Key, StringComparer.Ordinal).Chunk(CrcCacheLimits.BatchSize))
        {
            await database.RunAsync((connection, token) => AddAsync(connection, batch, token), cancellationToken);
        }

        // With a time limit of its own: in a large table without an index on the age it takes longer.
        if (IsCleaningDue())
        {
            await database.RunAsync(CleanAsync, cancellationToken);
        }
    }

    private async Task<bool> FindAsync(DbConnection connection, string[] keys, Dictionary<string, uint> found, CancellationToken cancellationToken)
    {
        if (!await _table.ExistsAsync(connection, cancellationToken))
        {
            return false;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id, crc32 FROM {_table.Name} WHERE id IN ({string.Join(", ", keys.Select(key => SqlOwnTable.Parameter(command, key)))})";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found[reader.GetString(0)] = (uint)reader.GetInt64(1);
        }

        return true;
    }

    private async Task<int> AddAsync(DbConnection connection, KeyValuePair<string, uint>[] crcs, CancellationToken cancellationToken)
    {
        await _table.CreateAsync(connection, cancellationToken);

        await using var command = connection.CreateCommand();
        var added = SqlOwnTable.Parameter(command, Now);
        var rows = crcs.Select(crc => $"({SqlOwnTable.Parameter(command, crc.Key)}, {SqlOwnTable.Parameter(command, (long)crc.Value)}, {added})");
        command.CommandText = $"INSERT INTO {_table.Name} (id, crc32, added_at) VALUES {string.Join(", ", rows)} {dialect.KeepExisting}";
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
        command.CommandText = $"DELETE FROM {_table.Name} WHERE added_at < {SqlOwnTable.Parameter(command, Now - (long)CrcCacheLimits.Lifetime.TotalSeconds)}";
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
