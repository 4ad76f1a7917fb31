using System.Data.Common;
using System.Text.Json;
using Egress.Benchmarks.Http;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using MySqlConnector;
using Npgsql;
using StackExchange.Redis;

namespace Egress.Benchmarks.Requests;

/// <summary>A record of a download.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Objects">Its objects.</param>
internal sealed record StoredRecord(string Id, IEnumerable<object> Objects);

/// <summary>The stores of records whose cost is compared, each with the same records.</summary>
internal static class RequestStores
{
    private const string KeyPrefix = "downloads:";

    /// <summary>Starts the stores that are installed.</summary>
    /// <param name="workspace">Where the file of SQLite is.</param>
    /// <param name="bucket">Where the objects of all records are.</param>
    /// <param name="records">The records.</param>
    /// <returns>The name of each store, and the settings of Egress for it.</returns>
    public static async Task<List<(string Name, (string, string)[] Settings)>> StartAsync(Workspace workspace, string bucket, IReadOnlyList<StoredRecord> records)
    {
        var file = workspace["requests.db"];
        var sqlite = new EgressRecords(file);
        await sqlite.CreateAsync();
        foreach (var record in records)
        {
            await sqlite.AddAsync(record.Id, bucket, record.Objects);
        }

        var stores = new List<(string, (string, string)[])> { ("SQLite", [("DB_URL", $"sqlite://{file}")]) };
        if (Executable.Find("initdb") is not null)
        {
            var url = await (await PostgresServer.GetAsync()).CreateDatabaseAsync();
            await using var database = NpgsqlDataSource.Create(PostgresServer.ConnectionString(url));
            await FillAsync(database, "TEXT", "$", bucket, records);
            stores.Add(("PostgreSQL", [("DB_URL", url)]));
        }

        if (Executable.Find("mariadbd") is not null)
        {
            var url = await (await MariaDbServer.GetAsync()).CreateDatabaseAsync();
            await using var database = new MySqlDataSource(MariaDbServer.ConnectionString(url));
            await FillAsync(database, "LONGTEXT", "@", bucket, records);
            stores.Add(("MariaDB", [("DB_URL", url)]));
        }

        if (Executable.Find("redis-server") is not null)
        {
            var url = (await RedisServer.GetAsync()).Url;
            await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString(url));
            foreach (var record in records)
            {
                await redis.GetDatabase().StringSetAsync($"{KeyPrefix}{record.Id}", JsonSerializer.Serialize(new { bucket, objects = record.Objects }));
            }

            stores.Add(("Redis", [("DB_URL", url), ("KEY_PREFIX", KeyPrefix)]));
        }

        return stores;
    }

    private static async Task FillAsync(DbDataSource database, string text, string mark, string bucket, IReadOnlyList<StoredRecord> records)
    {
#pragma warning disable CA2100 // the parts of the statements are constants
        await using var create = database.CreateCommand($"CREATE TABLE downloads (id VARCHAR(64) PRIMARY KEY, bucket VARCHAR(64) NOT NULL, objects {text} NOT NULL)");
        await create.ExecuteNonQueryAsync();
        foreach (var record in records)
        {
            await using var insert = database.CreateCommand($"INSERT INTO downloads VALUES ({mark}1, {mark}2, {mark}3)");
#pragma warning restore CA2100
            string[] values = [record.Id, bucket, JsonSerializer.Serialize(record.Objects)];
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = insert.CreateParameter();
                parameter.Value = values[i];
                parameter.ParameterName = mark == "@" ? $"@{i + 1}" : "";
                insert.Parameters.Add(parameter);
            }

            await insert.ExecuteNonQueryAsync();
        }
    }
}
