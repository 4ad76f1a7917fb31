using System.Data.Common;
using Egress.Backends;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>Keeps links in the table <see cref="SqlLinkTable"/>. Stores a record and its link in one transaction.</summary>
internal sealed class SqlLinkStore(
    SqlDatabase database, SqlDialect dialect, SqlTableCatalog catalog, SqlLayout layout, SqlOwnTable table, TimeProvider time,
    Func<CancellationToken, Task>? createTable) : ILinkStore
{
    /// <summary>The largest number of ids in one statement.</summary>
    private const int BatchSize = 500;

    private readonly SqlLinkCreation _creation = new(dialect, catalog, layout, table);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public async ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken)
    {
        await (createTable?.Invoke(cancellationToken) ?? Task.CompletedTask);
        await RunAsync((connection, token) => _creation.PrepareAsync(connection, link, Now, token), cancellationToken);
        var created = await GuardAsync(database.RunOnceAsync((connection, token) => _creation.InsertAsync(connection, link, Now, token), cancellationToken));
        return created is not null ? LinkCreation.Of(created)
            : link.IdempotencyKey is { } key && await FindRepeatedAsync(key, cancellationToken) is { } earlier ? LinkCreation.RepetitionOf(earlier)
            : await GuardAsync(database.RunOnceAsync((connection, token) => _creation.ReplaceAsync(connection, link, Now, token), cancellationToken)) is { } replaced
                ? LinkCreation.Of(replaced)
                : LinkCreation.IdExists;
    }

    /// <inheritdoc/>
    public ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken) => FindOneAsync(
        (_, _) => Task.FromResult<(string, object)>(("repetition_key", idempotencyKey)), Now - (long)ILinkStore.IdempotencyWindow.TotalMilliseconds, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken) => FindOneAsync(
        async (connection, token) => ("link_key", LinkCursor.KeyOf(await layout.PrintIdAsync(connection, id, token))), 0, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken)
    {
        var links = await RunAsync(
            async (connection, token) => await table.ExistsAsync(connection, token)
                ? await QueryAsync(connection, command => SqlLinkRow.Where(command, selection), token)
                : [],
            cancellationToken);
        return links.Count > selection.Limit
            ? new LinkPage(links[..selection.Limit], LinkCursor.Of(links[selection.Limit - 1]))
            : new LinkPage(links, null);
    }

    /// <inheritdoc/>
    public async ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken)
    {
        await (createTable?.Invoke(cancellationToken) ?? Task.CompletedTask);
        await RunAsync(
            async (connection, token) =>
            {
                await table.CreateAsync(connection, token);
                var printed = await layout.PrintIdAsync(connection, id, token);
                return await TryRevokeAsync(connection, printed, by, token)
                    || await TryAddRevokedAsync(connection, printed, by, token)
                    || await TryRevokeAsync(connection, printed, by, token);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var revoked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var batch in ids.Chunk(BatchSize))
        {
            var keys = batch.ToDictionary(LinkCursor.KeyOf);
            revoked.UnionWith(await RunAsync(async (connection, token) => await FindRevokedAsync(connection, keys, token), cancellationToken));
        }

        return revoked;
    }

    /// <inheritdoc/>
    public async ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken) => await GuardAsync(
        database.RunOnceAsync(
            (connection, token) => SqlLinkRow.ExecuteAsync(
                connection,
                command =>
                {
                    string P(object value) => SqlOwnTable.Parameter(command, value);
                    string At() => P(transfer.At.ToUnixTimeMilliseconds());
                    string Last(string column, string value) => $"{column} = CASE WHEN last_at > {At()} THEN {column} ELSE {value} END";

                    // The time is assigned last, because the other assignments compare with its old value, and MySQL uses the new values of earlier
                    // assignments.
                    return $"UPDATE {table.Name} SET downloads_used = downloads_used + {P(transfer.IsWhole ? 1L : 0L)}, "
                        + $"bytes_delivered = bytes_delivered + {P(transfer.Bytes)}, {Last("last_status", P(transfer.Status))}, "
                        + $"{Last("last_reason", transfer.Reason is null ? "NULL" : P(transfer.Reason))}, {Last("last_bytes", P(transfer.Bytes))}, "
                        + $"{Last("last_at", At())} WHERE link_key = {P(LinkCursor.KeyOf(id))}";
                },
                token),
            cancellationToken));

    /// <inheritdoc/>
    public async ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken) => await RunAsync(
        async (connection, token) => await table.ExistsAsync(connection, token)
            ? await SqlLinkRow.ExecuteAsync(
                connection,
                command =>
                {
                    string P(object value) => SqlOwnTable.Parameter(command, value);
                    return $"UPDATE {table.Name} SET callback_state = {P(callback.State)}, callback_attempts = {P((long)callback.Attempts)}, "
                        + $"callback_answer = {(callback.LastAnswer is null ? "NULL" : P(callback.LastAnswer))} WHERE link_key = {P(LinkCursor.KeyOf(id))}";
                },
                token)
            : 0,
        cancellationToken);

    private async ValueTask<LinkEntry?> FindOneAsync(
        Func<DbConnection, CancellationToken, Task<(string Column, object Value)>> find, long createdSince, CancellationToken cancellationToken)
    {
        var links = await RunAsync(
            async (connection, token) =>
            {
                if (!await table.ExistsAsync(connection, token))
                {
                    return [];
                }

                var (column, value) = await find(connection, token);
                return await QueryAsync(
                    connection,
                    command => $"WHERE {column} = {SqlOwnTable.Parameter(command, value)} AND created_at >= {SqlOwnTable.Parameter(command, createdSince)}",
                    token);
            },
            cancellationToken);
        return links is [var link, ..] ? link : null;
    }

    private async Task<bool> TryRevokeAsync(DbConnection connection, string id, string by, CancellationToken cancellationToken) => await SqlLinkRow.ExecuteAsync(
        connection,
        command => $"UPDATE {table.Name} SET revoked_by = COALESCE(revoked_by, {SqlOwnTable.Parameter(command, by)}), "
            + $"revoked_at = COALESCE(revoked_at, {SqlOwnTable.Parameter(command, Now)}) "
            + $"WHERE link_key = {SqlOwnTable.Parameter(command, LinkCursor.KeyOf(id))}",
        cancellationToken) > 0;

    private async Task<bool> TryAddRevokedAsync(DbConnection connection, string id, string by, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.FromUnixTimeMilliseconds(Now);
        await using var command = connection.CreateCommand();
        SqlLinkRow.Insert(command, table.Name, new LinkEntry(id, now) { RevokedAt = now, RevokedBy = by }, idempotencyKey: null);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        }
        catch (DbException exception) when (dialect.IsDuplicateKey(exception))
        {
            return false;
        }
    }

    private async Task<List<string>> FindRevokedAsync(DbConnection connection, Dictionary<string, string> keys, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        if (!await table.ExistsAsync(connection, cancellationToken))
        {
            return found;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT link_key FROM {table.Name} WHERE revoked_at IS NOT NULL "
            + $"AND link_key IN ({string.Join(", ", keys.Keys.Select(key => SqlOwnTable.Parameter(command, key)))})";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(keys[reader.GetString(0)]);
        }

        return found;
    }

    private async Task<List<LinkEntry>> QueryAsync(DbConnection connection, Func<DbCommand, string> where, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT {SqlLinkRow.Columns} FROM {table.Name} {where(command)}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var links = new List<LinkEntry>();
        while (await reader.ReadAsync(cancellationToken))
        {
            links.Add(SqlLinkRow.Read(reader));
        }

        return links;
    }

    private ValueTask<T> RunAsync<T>(Func<DbConnection, CancellationToken, Task<T>> statement, CancellationToken cancellationToken) =>
        GuardAsync(database.RunAsync(statement, cancellationToken));

    /// <summary>Awaits an operation. If it fails because the database user lacks permissions for the table of links, adds a hint to the exception.</summary>
    public static async ValueTask<T> GuardAsync<T>(ValueTask<T> running)
    {
        try
        {
            return await running;
        }
        catch (BackendException denied) when (denied.Fault is BackendFault.Denied)
        {
            throw new BackendException(
                denied.Backend, denied.Fault, $"{denied.Message} Links need the table {SqlLinkTable.Name} and rights on it: see docs/links.md.", denied)
            {
                IsLinkTableUnusable = true,
            };
        }
    }
}
