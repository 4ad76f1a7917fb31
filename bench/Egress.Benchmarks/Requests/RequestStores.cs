using System.Text.Json;
using Egress.Benchmarks.Http;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Npgsql;
using StackExchange.Redis;

namespace Egress.Benchmarks.Requests;

/// <summary>The stores of records whose cost is compared, each with one record that names one small file.</summary>
internal static class RequestStores
{
    /// <summary>The prefix of keys in Redis.</summary>
    public const string KeyPrefix = "downloads:";

    private const string Table = "CREATE TABLE downloads (id TEXT PRIMARY KEY, bucket TEXT NOT NULL, objects TEXT NOT NULL)";

    /// <summary>Starts the stores that are installed.</summary>
    /// <param name="workspace">The folder for SQLite's file.</param>
    /// <param name="id">Id of the record.</param>
    /// <param name="set">The set with the file.</param>
    /// <returns>Name and <c>DB_URL</c> of each.</returns>
    public static async Task<List<(string Name, string Url)>> StartAsync(Workspace workspace, string id, FileSet set)
    {
        var records = new EgressRecords(workspace["requests.db"]);
        await records.CreateAsync();
        await records.AddAsync(id, set.Name, set.Names.Take(1));
        var stores = new List<(string, string)> { ("SQLite", $"sqlite://{workspace["requests.db"]}") };
        var objects = JsonSerializer.Serialize(set.Names.Take(1));
        if (Executable.Find("initdb") is not null)
        {
            var url = await (await PostgresServer.GetAsync()).CreateDatabaseAsync();
            await using var database = NpgsqlDataSource.Create(PostgresServer.ConnectionString(url));
            await using var create = database.CreateCommand(Table);
            await create.ExecuteNonQueryAsync();
            await using var insert = database.CreateCommand("INSERT INTO downloads VALUES ($1, $2, $3)");
            foreach (var value in new[] { id, set.Name, objects })
            {
                insert.Parameters.AddWithValue(value);
            }

            await insert.ExecuteNonQueryAsync();
            stores.Add(("PostgreSQL", url));
        }

        if (Executable.Find("redis-server") is not null)
        {
            var url = (await RedisServer.GetAsync()).Url;
            await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString(url));
            await redis.GetDatabase().StringSetAsync($"{KeyPrefix}{id}", $$"""{"bucket":"{{set.Name}}","objects":{{objects}}}""");
            stores.Add(("Redis", url));
        }

        return stores;
    }
}
