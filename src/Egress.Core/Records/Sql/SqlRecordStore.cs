using System.Data;
using System.Data.Common;
using Egress.Backends;
using Egress.Records.Json;
using Egress.Records.Sql.Links;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>Keeps records in a table of a SQL database.</summary>
/// <remarks>
/// A look-up selects all columns, and finds the known ones by name. So one statement is enough, and an optional column such as the password is used
/// as soon as it exists. Only the type of the id column must be known in advance. It is cached, and read again if a result contradicts it.
/// </remarks>
internal sealed class SqlRecordStore(
    SqlDatabase database, SqlDialect dialect, SqlTableCatalog catalog, SqlLayout layout, SqlLinkColumn links, RecordLimits limits,
    Func<CancellationToken, Task>? createTable)
    : IRecordStore, IRecordWriter
{
    private readonly SqlRecordReader _reader = new(dialect, catalog, limits);
    private readonly SqlLengthLimit _lengths = new(dialect, catalog, limits);

    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var known = layout.Known;
        return known is not null && known.Id.Parse(id) is null
            ? null
            : await database.RunAsync((connection, token) => FindAsync(connection, known, id, token), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        if (createTable is not null)
        {
            await createTable(cancellationToken);
        }

        var table = await database.RunAsync(layout.ReadAsync, cancellationToken);
        return await database.RunOnceAsync((connection, token) => InsertAsync(connection, table, record, token), cancellationToken);
    }

    /// <summary>Checks the health of the store. Completes if the table can be read.</summary>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        await database.RunAsync(
            async (connection, token) =>
            {
                var table = await layout.ReadAsync(connection, token);
                await using var command = connection.CreateCommand();
                // Checks whether the database user may read the table, without reading rows.
                command.CommandText = $"SELECT * FROM {table.Name} WHERE 1 = 0";
                await using var reader = await command.ExecuteReaderAsync(token);
                return table;
            },
            cancellationToken);

    private async Task<DownloadRecord?> FindAsync(DbConnection connection, SqlTable? known, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await LookUpAsync(connection, known ?? await layout.ReadAsync(connection, cancellationToken), id, cancellationToken);
        }
        catch (BackendException fault) when (fault.InnerException is InvalidCastException && connection.State is ConnectionState.Open)
        {
            // The driver does not know the type of a column, because the type was created after the driver had loaded the types of the database.
            await dialect.ReloadTypes(connection, cancellationToken);
        }
        catch (Exception exception)
            when ((known is not null || links.WasSeen) && connection.State is ConnectionState.Open && IsUnfit(exception))
        {
            // The catalog is read again, because the table of records may have changed or the table of links may have been dropped.
            links.WasSeen = false;
        }

        return await LookUpAsync(connection, await layout.ReadAsync(connection, cancellationToken), id, cancellationToken);
    }

    private async Task<DownloadRecord?> LookUpAsync(DbConnection connection, SqlTable table, string id, CancellationToken cancellationToken)
    {
        if (table.Id.Parse(id) is not { } value)
        {
            return null;
        }

        var row = await SelectAsync(connection, table, value, id, cancellationToken);
        if (row?.Link == SqlLinkColumn.TableAppeared)
        {
            links.WasSeen = true;
            row = await SelectAsync(connection, table, value, id, cancellationToken);
        }

        if (_lengths.MayHaveRefused(row))
        {
            await RefuseTooLongAsync(connection, table, value, id, cancellationToken);
        }

        return row is { } found ? found.Record ?? throw new RecordPlace(found.Id, "objects").Unreadable("is null") : null;
    }

    /// <summary>Throws if the look-up found no values because one of them is too long.</summary>
    private async Task RefuseTooLongAsync(DbConnection connection, SqlTable table, object value, string id, CancellationToken cancellationToken)
    {
        if (_lengths.FieldsOf(table) is not { Count: > 0 } fields)
        {
            return;
        }

        var idColumn = dialect.Quoted(table.Id.Name);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT r.{idColumn}, {_lengths.LengthsOf(table)} FROM {table.Name} r WHERE r.{idColumn} = @id AND NOT (1 = 1{_lengths.Condition(table)})";
        command.AddParameter("@id", value, dialect);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            await _reader.RefuseAsync(reader, table.Id, id, _lengths, fields, cancellationToken);
        }
        catch (DbException exception) when (dialect.CannotHoldId(exception))
        {
            // No row can have this id, because the encoding of the column lacks one of its characters.
        }
    }

    private async Task<RecordRow?> SelectAsync(DbConnection connection, SqlTable table, object value, string id, CancellationToken cancellationToken)
    {
        // The id is the first column. A row with another id that the database considers equal can therefore be skipped before its other columns are
        // read.
        await using var command = connection.CreateCommand();
        command.CommandText = _lengths.Select(table, links.Select(command, table.Id.Print(value) ?? id));
        command.AddParameter("@id", value, dialect);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
            return await _reader.ReadAsync(reader, table.Id, id, cancellationToken);
        }
        catch (DbException exception) when (dialect.CannotHoldId(exception))
        {
            return null;
        }
    }

    private bool IsUnfit(Exception exception) =>
        exception is BackendException { Fault: BackendFault.Malformed }
        || (exception is DbException && dialect.Classify(exception) is BackendFault.Malformed);

    private async Task<bool> InsertAsync(DbConnection connection, SqlTable table, DownloadRecord record, CancellationToken cancellationToken)
    {
        await using var command = SqlRecordInsert.Create(connection, dialect, catalog, table, record);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (DbException exception) when (dialect.IsDuplicateKey(exception))
        {
            return false;
        }
    }
}
