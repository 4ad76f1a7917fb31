using System.Data.Common;
using Egress.Records.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql.Links;

/// <summary>Stores a record and its link in one transaction.</summary>
internal sealed class SqlLinkCreation(SqlDialect dialect, SqlTableCatalog catalog, SqlLayout layout, SqlOwnTable table)
{
    /// <summary>The number of attempts of a creation that conflicts with others of the same id.</summary>
    private const int MaxAttempts = 10;

    /// <summary>Creates the table if it is missing, and clears an expired idempotency key (column <c>repetition_key</c>).</summary>
    /// <remarks>
    /// Runs outside the transaction of the insert. Inside it the update would lock a gap of the index, and two creations could deadlock.
    /// </remarks>
    public async Task<int> PrepareAsync(DbConnection connection, NewLink link, long now, CancellationToken cancellationToken)
    {
        await table.CreateAsync(connection, cancellationToken);
        return link.IdempotencyKey is not { } key ? 0 : await SqlLinkRow.ExecuteAsync(
            connection,
            command => $"UPDATE {table.Name} SET repetition_key = NULL WHERE repetition_key = {SqlOwnTable.Parameter(command, key)} "
                + $"AND created_at < {SqlOwnTable.Parameter(command, now - (long)ILinkStore.IdempotencyWindow.TotalMilliseconds)}",
            cancellationToken);
    }

    /// <summary>Inserts record and link.</summary>
    /// <returns>The new link; null if the id or the idempotency key already exists.</returns>
    public Task<LinkEntry?> InsertAsync(DbConnection connection, NewLink link, long now, CancellationToken cancellationToken) =>
        StoreAsync(connection, link, now, SqlLinkRow.Insert, cancellationToken);

    /// <summary>Inserts the record of a link whose row already exists, because only the record was deleted.</summary>
    /// <remarks>This is a separate transaction, because an update that finds no row would lock a gap of the index.</remarks>
    /// <returns>The new link; null if the record or the idempotency key exists, the row does not exist, or the link is revoked.</returns>
    public Task<LinkEntry?> ReplaceAsync(DbConnection connection, NewLink link, long now, CancellationToken cancellationToken) =>
        StoreAsync(connection, link, now, SqlLinkRow.Replace, cancellationToken);

    private async Task<LinkEntry?> StoreAsync(
        DbConnection connection, NewLink link, long now, Action<DbCommand, string, LinkEntry, string?> write, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StoreOnceAsync(connection, link, now, write, cancellationToken);
            }
            catch (DbException deadlock) when (deadlock.SqlState is "40001" or "40P01" && attempt < MaxAttempts)
            {
                // Several creations with the same id blocked each other, and the database rolled this one back.
            }
        }
    }

    private async Task<LinkEntry?> StoreOnceAsync(
        DbConnection connection, NewLink link, long now, Action<DbCommand, string, LinkEntry, string?> write, CancellationToken cancellationToken)
    {
        var records = layout.Known ?? await layout.ReadAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var record = SqlRecordInsert.Create(connection, dialect, catalog, records, link.Record);
        await using var row = connection.CreateCommand();
        var created = new LinkEntry(records.Id.Printed(link.Record.Id)!, DateTimeOffset.FromUnixTimeMilliseconds(now))
        {
            CreatedBy = link.CreatedBy,
            ExpiresAt = link.ExpiresAt,
            MaxDownloads = link.MaxDownloads,
            Summary = link.Summary,
            BodyDigest = link.BodyDigest,
        };
        write(row, table.Name, created, link.IdempotencyKey);
        (record.Transaction, row.Transaction) = (transaction, transaction);
        if (await TryAsync(record, row, cancellationToken))
        {
            await transaction.CommitAsync(cancellationToken);
            return created;
        }

        await transaction.RollbackAsync(cancellationToken);
        return null;
    }

    private async Task<bool> TryAsync(DbCommand record, DbCommand row, CancellationToken cancellationToken)
    {
        try
        {
            await record.ExecuteNonQueryAsync(cancellationToken);
            return await row.ExecuteNonQueryAsync(cancellationToken) > 0;
        }
        catch (DbException exception) when (dialect.IsDuplicateKey(exception))
        {
            return false;
        }
    }
}
