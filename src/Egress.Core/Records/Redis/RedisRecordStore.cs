using Egress.Downloads.Checksums;
using Egress.Records.Json;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Records as JSON texts in Redis, under the prefix and the id.</summary>
internal sealed class RedisRecordStore(RedisDatabase database, string keyPrefix) : IRecordBackend
{
    /// <inheritdoc/>
    public string Component => "database";

    /// <inheritdoc/>
    public ICrcCache CrcCache { get; } = new RedisCrcCache(database, keyPrefix);

    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!RecordId.IsUnicode(id))
        {
            return null;
        }

        var value = await ReadAsync(id, cancellationToken);
        return value.IsNull ? null : RecordDocument.Read(id, (ReadOnlyMemory<byte>)value);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        var value = RecordDocument.Write(record);
        return await database.RunOnceAsync(
            redis => redis.StringSetAsync(keyPrefix + record.Id, value, when: When.NotExists), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) =>
        // A look-up and no PING: shows that this user may read keys with the prefix.
        await ReadAsync("egress-health-check", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();

    private ValueTask<RedisValue> ReadAsync(string id, CancellationToken cancellationToken) =>
        database.RunAsync(redis => redis.StringGetAsync(keyPrefix + id), cancellationToken);
}
