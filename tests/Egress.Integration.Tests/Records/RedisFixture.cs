using System.Text.Json;
using Egress.Records;
using Egress.Records.Redis;
using Egress.TestKit.Servers;
using StackExchange.Redis;

namespace Egress.Integration.Tests.Records;

/// <summary>A key prefix of its own on a Redis server.</summary>
public sealed class RedisFixture : RecordStoreFixture
{
    private readonly ConnectionMultiplexer _redis;

    private RedisFixture(string url, ConnectionMultiplexer redis) =>
        (Options, _redis) = (new RecordStoreOptions { Url = url, KeyPrefix = RedisServer.NewKeyPrefix() }, redis);

    public override RecordStoreOptions Options { get; }

    public IDatabase Database => _redis.GetDatabase();

    public static async Task<RedisFixture> CreateAsync(RedisServer server) =>
        new(server.Url, await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString(server.Url)));

    /// <summary>Connects to the server as a store does.</summary>
    internal static RedisDatabase Connect(RecordStoreOptions options, TimeProvider time)
    {
        var url = RecordStoreUrl.Parse(options.Url);
        return new RedisDatabase(
            new RedisConnection(RedisUrl.Read(url.Url).Connection, options.QueryTimeout, time), new QueryDeadline(options.QueryTimeout, time, url.Endpoint), url.Endpoint);
    }

    public override Task InsertAsync(RawRecord record) =>
        Database.StringSetAsync(
            Options.KeyPrefix + record.Id,
            $"{{{string.Join(',', record.Fields().Select(field => $"\"{field.Field}\": {Json(field.Field, field.Value)}"))}}}");

    public override Task DeleteAsync(string id) => Database.KeyDeleteAsync(Options.KeyPrefix + id);

    public override ValueTask DisposeAsync() => _redis.DisposeAsync();

    private static string Json(string field, string value) => field switch
    {
        "objects" or "custom_headers" => value,
        "checksum_file" => value == "1" ? "true" : "false",
        _ => JsonSerializer.Serialize(value),
    };
}
