using System.Data.Common;
using Egress.Records.Roles;
using Egress.Records.Sql.Exports;
using Egress.Records.Sql.Links;
using Egress.Records.Sql.Roles;
using Egress.Records.Sql.Tables;

namespace Egress.Records.Sql;

/// <summary>Creates record stores in SQL databases.</summary>
internal static class SqlBackend
{
    /// <summary>Creates a backend. No connection is opened before the first call.</summary>
    /// <param name="source">Opens connections; the backend disposes it.</param>
    /// <param name="dialect">The dialect of the database.</param>
    /// <param name="url">The URL of the database, for messages.</param>
    /// <param name="options">Names and limits.</param>
    /// <param name="time">Measures the time limits.</param>
    /// <param name="createTable">Creates the file and the table before a record is stored; null if the operator creates them.</param>
    public static RecordBackend Create(
        DbDataSource source, SqlDialect dialect, RecordStoreUrl url, RecordStoreOptions options, TimeProvider time,
        Func<CancellationToken, Task>? createTable = null)
    {
        var deadline = new QueryDeadline(options.QueryTimeout, time, url.Endpoint);
        var database = new SqlDatabase(source, dialect.Classify, deadline, url.Endpoint);
        var catalog = new SqlTableCatalog(dialect, options, url.Endpoint);
        var layout = new SqlLayout(catalog, time);
        var links = SqlLinkTable.Create(dialect, options.TableName);
        var store = new SqlRecordStore(database, dialect, catalog, layout, new SqlLinkColumn(links), options.Limits, createTable);
        return new RecordBackend(store, database)
        {
            Writer = store,
            Crc32s = new SqlChecksumCache<uint>(database, dialect, SqlChecksumColumns.Crc32, options.TableName, time),
            Sha256Digests = new SqlChecksumCache<Sha256Digest>(database, dialect, SqlChecksumColumns.Sha256, options.TableName, time),
            Links = new SqlLinkStore(database, dialect, catalog, layout, links, time, createTable),
            LinkBudgets = new SqlLinkBudgetStore(database, links),
            Deliveries = new SqlDeliveryStore(database, dialect, options.TableName),
            Exports = new SqlExportStore(database, dialect, options.TableName, time),
            Manifests = new SqlManifestStore(database, dialect, options.TableName, time),
            Check = store.CheckAsync,
        };
    }

    /// <summary>
    /// Returns a time limit in the whole seconds that drivers accept. The driver's limit ends an operation after <see cref="QueryDeadline"/> has
    /// stopped waiting for it.
    /// </summary>
    public static int Seconds(TimeSpan limit) => (int)Math.Min(Math.Ceiling(limit.TotalSeconds), 3600);
}
