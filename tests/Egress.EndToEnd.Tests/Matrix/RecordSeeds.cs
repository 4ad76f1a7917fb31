using System.Data.Common;
using System.Text.Json.Nodes;
using Egress.TestKit.Servers;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;
using StackExchange.Redis;

namespace Egress.EndToEnd.Tests.Matrix;

/// <summary>Stores the fixture records in each kind of database, with the database's own client, as other applications do.</summary>
internal static class RecordSeeds
{
    private const string Table = """
        CREATE TABLE downloads (
            id VARCHAR(255) PRIMARY KEY,
            bucket VARCHAR(255),
            objects JSON NOT NULL,
            name VARCHAR(255),
            callback VARCHAR(500),
            password VARCHAR(255),
            custom_headers JSON,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
        )
        """;

    /// <summary>Stores the records.</summary>
    /// <returns>The settings of a server that uses this database.</returns>
    public static async Task<(string, string?)[]> StoreAsync(string kind, string folder, CancellationToken cancellationToken)
    {
        switch (kind)
        {
            case "postgres":
                var postgres = await (await PostgresServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
                await FillAsync(new NpgsqlConnection(PostgresServer.ConnectionString(postgres)), "CAST({0} AS JSON)", cancellationToken);
                return [("DB_URL", postgres)];
            case "mariadb":
                var mysql = await (await MariaDbServer.GetAsync()).CreateDatabaseAsync(cancellationToken);
                await FillAsync(new MySqlConnection(MariaDbServer.ConnectionString(mysql)), "{0}", cancellationToken);
                return [("DB_URL", mysql)];
            case "sqlite":
                await FillAsync(new SqliteConnection($"Data Source={folder}/records.db;Pooling=False"), "{0}", cancellationToken);
                return [("DB_URL", $"sqlite://{folder}/records.db")];
            case "redis":
                return await FillRedisAsync(await RedisServer.GetAsync());
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such record store.");
        }
    }

    private static async Task FillAsync(DbConnection connection, string json, CancellationToken cancellationToken)
    {
        await using (connection)
        {
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(connection, Table, null, cancellationToken);
            var insert = "INSERT INTO downloads (id, bucket, objects, name, password, custom_headers) VALUES (@id, @bucket, "
                + $"{string.Format(null, json, "@objects")}, @name, @password, {string.Format(null, json, "@headers")})";
            foreach (var record in FixtureRecord.All)
            {
                await ExecuteAsync(connection, insert, record, cancellationToken);
            }
        }
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql, FixtureRecord? record, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (record is not null)
        {
            Add(command, "@id", record.Id);
            Add(command, "@bucket", FixtureRecord.Bucket);
            Add(command, "@objects", record.ObjectsJson);
            Add(command, "@name", record.Name);
            Add(command, "@password", record.Password);
            Add(command, "@headers", record.CustomHeaders);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static void Add(DbCommand command, string name, string? value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, (object?)value ?? DBNull.Value);
        command.Parameters.Add(parameter);
    }

    private static async Task<(string, string?)[]> FillRedisAsync(RedisServer server)
    {
        var prefix = RedisServer.NewKeyPrefix();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString(server.Url));
        foreach (var record in FixtureRecord.All)
        {
            var document = new JsonObject
            {
                ["id"] = record.Id,
                ["bucket"] = FixtureRecord.Bucket,
                ["objects"] = JsonNode.Parse(record.ObjectsJson),
                ["name"] = record.Name,
                ["password"] = record.Password,
                ["custom_headers"] = record.CustomHeaders is { } headers ? JsonNode.Parse(headers) : null,
            };
            await redis.GetDatabase().StringSetAsync(prefix + record.Id, document.ToJsonString());
        }

        return [("DB_URL", server.Url), ("KEY_PREFIX", prefix)];
    }
}
