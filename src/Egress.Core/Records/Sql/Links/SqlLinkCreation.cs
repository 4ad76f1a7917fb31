using System.Data.Common;
using Egress.Records.Links;

namespace Egress.Records.Sql.Links;

/// <summary>Stores a record and its link in one transaction.</summary>
internal sealed class SqlLinkCreation(SqlDialect dialect, SqlCatalogue catalogue, SqlLayout layout, SqlOwnTable table)
{
    /// <summary>Creates the table if it is missing, and forgets a repetition key whose time is over.</summary>
    /// <remarks>In statements of their own: in the transaction of the insert they would lock a gap of the index, and two creations could wait for
    /// each other.</remarks>
    public async Task<int> PrepareAsync(DbConnection connection, NewLink link, long now, CancellationToken cancellationToken)
    {
        await table.CreateAsync(connection, cancellationToken);
        return link.RepetitionKey is not { } key ? 0 : await SqlLinkRow.ExecuteAsync(
            connection,
            command => $"UPDATE {table.Name} SET repetition_key = NULL WHERE repetition_key = {SqlOwnTable.Parameter(command, key)} "
                + $"AND created_at < {SqlOwnTable.Parameter(command, now - (long)ILinkStore.RepetitionWindow.TotalMilliseconds)}",
            cancellationToken);
    }

    /// <summary>Inserts record and link.</summary>
    /// <returns>The new link; null when the id or the repetition key exists already.</returns>
    public async Task<LinkEntry?> InsertAsync(DbConnection connection, NewLink link, long now, CancellationToken cancellationToken)
    {
        var records = layout.Known ?? await layout.ReadAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var record = SqlRecordInsert.Create(connection, dialect, catalogue, records, link.Record);
        await using var insert = connection.CreateCommand();
        var created = new LinkEntry(records.Id.Printed(link.Record.Id)!, DateTimeOffset.FromUnixTimeMilliseconds(now))
        {
            CreatedBy = link.CreatedBy,
            ExpiresAt = link.ExpiresAt,
            MaxDownloads = link.MaxDownloads,
            Summary = link.Summary,
            BodyDigest = link.BodyDigest,
        };
        SqlLinkRow.Insert(insert, table.Name, created, link.RepetitionKey);
        (record.Transaction, insert.Transaction) = (transaction, transaction);
        try
        {
            await record.ExecuteNonQueryAsync(cancellationToken);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (DbException exception) when (dialect.IsDuplicateKey(exception))
        {
            await transaction.RollbackAsync(cancellationToken);
            return null;
        }

        await transaction.CommitAsync(cancellationToken);
        return created;
    }
}
