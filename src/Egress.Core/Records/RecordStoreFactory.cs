using System.Globalization;
using System.Runtime.CompilerServices;
using Azure.Core;
using Egress.Records.Redis;
using Egress.Records.Sql;
using Egress.Records.Sql.MySql;
using Egress.Records.Sql.Postgres;
using Egress.Records.Sql.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Npgsql;

namespace Egress.Records;

/// <summary>Creates the store that a connection URL names. No connection is opened before the first call.</summary>
internal static partial class RecordStoreFactory
{
    /// <summary>Creates a store.</summary>
    /// <param name="options">Where the records are.</param>
    /// <param name="time">Measures the time limits.</param>
    /// <param name="loggers">Where options of the URL that have no effect are reported.</param>
    /// <param name="credential">Who logs in with <see cref="RecordStoreAuthentication.Entra"/>; null for the identity of the process.</param>
    /// <returns>The store; disposing it closes its connections.</returns>
    /// <exception cref="FormatException">The URL or a name is not valid; the message says what is allowed and contains no secret.</exception>
    public static RecordBackend Create(
        RecordStoreOptions options, TimeProvider time, ILoggerFactory loggers, TokenCredential? credential = null)
    {
        CheckName(nameof(options.TableName), options.TableName, RecordStoreNames.CheckTable(options.TableName));
        CheckName(nameof(options.IdField), options.IdField, RecordStoreNames.CheckColumn(options.IdField));
        var url = RecordStoreUrl.Parse(options.Url);
        if (url.Warning is not null)
        {
            LogWithoutEffect(loggers.CreateLogger(typeof(RecordStoreFactory)), url.Warning);
        }

        return url.Kind switch
        {
            RecordStoreKind.Postgres => CreatePostgres(url, options, time, credential),
            RecordStoreKind.MySql => CreateMySql(url, options, time),
            RecordStoreKind.Sqlite => CreateSqlite(url, options, time),
            RecordStoreKind.Redis => CreateRedis(url, options, time),
        };
    }

    // The types of each driver are in a separate method, so that only the driver that is used is loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RecordBackend CreatePostgres(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential)
    {
        var (connection, _) = PostgresUrl.Read(url.Url);
        connection.MaxPoolSize = options.MaxConnections;
        connection.MinPoolSize = Math.Min(connection.MinPoolSize, options.MaxConnections);
        connection.CommandTimeout = Seconds(options.QueryTimeout);
        var source = options.Authentication is RecordStoreAuthentication.Entra
            ? EntraAuthentication.CreateSource(connection, credential)
            : NpgsqlDataSource.Create(connection);
        return CreateSql(source, PostgresDialect.Dialect, url, options, time);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RecordBackend CreateMySql(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time)
    {
        var (connection, _) = MySqlUrl.Read(url.Url);
        connection.MaximumPoolSize = (uint)options.MaxConnections;
        connection.ConnectionTimeout = (uint)Seconds(options.QueryTimeout);
        connection.DefaultCommandTimeout = (uint)Seconds(options.QueryTimeout);
        return CreateSql(new MySqlDataSource(connection.ConnectionString), MySqlDialect.Dialect, url, options, time);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RecordBackend CreateSqlite(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time)
    {
        var (connection, _) = SqliteUrl.Read(url.Url);
        connection.DefaultTimeout = Seconds(options.QueryTimeout);
        return CreateSql(
            SqliteFactory.Instance.CreateDataSource(connection.ConnectionString), SqliteDialect.Dialect, url, options, time,
            connection.Mode is SqliteOpenMode.ReadOnly ? null : token => SqliteFile.CreateAsync(connection, options, token));
    }

    private static RecordBackend CreateSql(
        System.Data.Common.DbDataSource source, SqlDialect dialect, RecordStoreUrl url, RecordStoreOptions options, TimeProvider time,
        Func<CancellationToken, Task>? createTable = null)
    {
        var deadline = new QueryDeadline(options.QueryTimeout, time, url.Endpoint);
        var database = new SqlDatabase(source, dialect.Classify, deadline, url.Endpoint);
        var store = new SqlRecordStore(database, dialect, new SqlCatalogue(dialect, options, url.Endpoint), options.Limits, time, createTable);
        return new RecordBackend(store, database)
        {
            Writer = store,
            Checksums = new SqlCrcCache(database, dialect, options.TableName, time),
            Check = store.CheckAsync,
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RecordBackend CreateRedis(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time)
    {
        var (connection, _) = RedisUrl.Read(url.Url);
        var deadline = new QueryDeadline(options.QueryTimeout, time, url.Endpoint);
        var database = new RedisDatabase(new RedisConnection(connection, options.QueryTimeout, time), deadline, url.Endpoint);
        var store = new RedisRecordStore(database, options.KeyPrefix, options.Limits);
        return new RecordBackend(store, database) { Writer = store, Checksums = new RedisCrcCache(database, options.KeyPrefix) };
    }

    /// <summary>Drivers count in whole seconds. Their limits release what is left of an operation that the deadline abandoned.</summary>
    private static int Seconds(TimeSpan limit) => (int)Math.Min(Math.Ceiling(limit.TotalSeconds), 3600);

    private static void CheckName(string option, string name, string? allowed)
    {
        if (allowed is not null)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{option} is '{name}'; allowed are {allowed}."));
        }
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWithoutEffect(ILogger logger, string warning);
}
