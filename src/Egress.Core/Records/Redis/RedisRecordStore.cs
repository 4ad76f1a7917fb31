using Egress.Records.Json;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Records as JSON texts in Redis; the key is the prefix followed by the id.</summary>
internal sealed class RedisRecordStore(RedisDatabase database, string keyPrefix, RecordLimits limits) : IRecordStore, IRecordWriter
{
    private readonly RedisLinkKeys _keys = new(keyPrefix);

    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!RecordId.IsUnicode(id) || RedisOwnKeys.Include(id))
        {
            return null;
        }

        // Both commands are sent at once. GET is what a user needs for the record, too.
        var values = await database.RunAsync(
            redis => Task.WhenAll(redis.StringGetAsync(keyPrefix + id), redis.StringGetAsync(_keys.Link(LinkCursor.KeyOf(id)))), cancellationToken);
        return values[0].IsNull ? null : RecordDocument.Read(id, (ReadOnlyMemory<byte>)values[0], limits, RedisLinkKeys.StateOf(values[1]));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        RedisOwnKeys.Refuse(record.Id);
        var value = RecordDocument.Write(record);
        return await database.RunOnceAsync(
            redis => redis.StringSetAsync(keyPrefix + record.Id, value, when: When.NotExists), cancellationToken);
    }
}
