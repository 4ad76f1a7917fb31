using Egress.Records.Json;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Records as JSON texts in Redis; the key is the prefix followed by the id.</summary>
internal sealed class RedisRecordStore(RedisDatabase database, string keyPrefix, RecordLimits limits) : IRecordStore, IRecordWriter
{
    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!RecordId.IsUnicode(id))
        {
            return null;
        }

        var value = await database.RunAsync(redis => redis.StringGetAsync(keyPrefix + id), cancellationToken);
        return value.IsNull ? null : RecordDocument.Read(id, (ReadOnlyMemory<byte>)value, limits);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        var value = RecordDocument.Write(record);
        return await database.RunOnceAsync(
            redis => redis.StringSetAsync(keyPrefix + record.Id, value, when: When.NotExists), cancellationToken);
    }
}
