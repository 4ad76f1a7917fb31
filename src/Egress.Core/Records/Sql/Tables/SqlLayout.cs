using System.Data.Common;

namespace Egress.Records.Sql.Tables;

/// <summary>Caches the layout of the table of records for some seconds. Safe for concurrent use.</summary>
internal sealed class SqlLayout(SqlTableCatalog catalog, TimeProvider time)
{
    // How long the layout is cached. If the type of the id column changes, ids of the new type may not be found for this time.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private KnownTable? _known;

    /// <summary>The cached layout; null if it is too old or was never read.</summary>
    public SqlTable? Known => Volatile.Read(ref _known) is { } known && time.GetElapsedTime(known.ReadAt) < Lifetime ? known.Table : null;

    /// <summary>Reads the layout from the database catalog, and caches it.</summary>
    public async Task<SqlTable> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var table = await catalog.ReadAsync(connection, cancellationToken);
        Volatile.Write(ref _known, new KnownTable(table, time.GetTimestamp()));
        return table;
    }

    /// <summary>Returns an id as the store prints it, which is the same for every spelling of a UUID.</summary>
    /// <returns>The printed id; the unchanged id if no row can have it.</returns>
    public async Task<string> PrintIdAsync(DbConnection connection, string id, CancellationToken cancellationToken)
    {
        var column = (Known ?? await ReadAsync(connection, cancellationToken)).Id;
        return column.Printed(id) ?? id;
    }

    private sealed record KnownTable(SqlTable Table, long ReadAt);
}
