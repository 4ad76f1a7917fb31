using System.Data.Common;

namespace Egress.Records.Sql.Tables;

/// <summary>The layout of the table of records, cached for some seconds. Safe for concurrent use.</summary>
internal sealed class SqlLayout(SqlTableCatalog catalog, TimeProvider time)
{
    // How long the layout is cached. If the id column gets another type, ids of the new type are not found during this time.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private KnownTable? _known;

    /// <summary>The cached layout; null if it must be read.</summary>
    public SqlTable? Known => Volatile.Read(ref _known) is { } known && time.GetElapsedTime(known.ReadAt) < Lifetime ? known.Table : null;

    /// <summary>Reads the layout from the catalog.</summary>
    public async Task<SqlTable> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var table = await catalog.ReadAsync(connection, cancellationToken);
        Volatile.Write(ref _known, new KnownTable(table, time.GetTimestamp()));
        return table;
    }

    /// <summary>Returns the printed id of a row with this id, which is the same for every spelling of a UUID.</summary>
    /// <returns>The printed id; the id itself if no row can have it.</returns>
    public async Task<string> PrintIdAsync(DbConnection connection, string id, CancellationToken cancellationToken)
    {
        var column = (Known ?? await ReadAsync(connection, cancellationToken)).Id;
        return column.Printed(id) ?? id;
    }

    private sealed record KnownTable(SqlTable Table, long ReadAt);
}
