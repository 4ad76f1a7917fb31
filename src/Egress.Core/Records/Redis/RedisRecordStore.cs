using Egress.Records.Json;
using Egress.Records.Links;
using Egress.Records.Redis.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Keeps records as JSON texts in Redis. The key of a record is the prefix followed by the id.</summary>
internal sealed class RedisRecordStore(RedisDatabase database, string keyPrefix, RecordLimits limits) : IRecordStore, IRecordWriter
{
    /// <summary>How many bytes at the start of a record are read together with its length, so that one round trip is enough for most records.</summary>
    private const int FirstRead = 64 << 10;

    private readonly RedisLinkKeys _keys = new(keyPrefix);

    /// <summary>Whether the database user may request the length of a value. Users that were created for earlier versions of Egress may not.</summary>
    private volatile bool _mayMeasure = true;

    /// <inheritdoc/>
    public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (!RecordId.IsUnicode(id) || RedisOwnKeys.Include(id))
        {
            return null;
        }

        var (record, link) = await database.RunAsync(redis => GetAsync(redis, id), cancellationToken);
        return record.IsNull ? null : RecordDocument.Read(id, (ReadOnlyMemory<byte>)record, limits, RedisLinkKeys.StateOf(link));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryAddAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        RedisOwnKeys.Refuse(record.Id);
        var value = RecordDocument.Write(record);
        return await database.RunOnceAsync(
            redis => redis.StringSetAsync(keyPrefix + record.Id, value, when: When.NotExists), cancellationToken);
    }

    /// <summary>
    /// Gets the values of a record and of its link. The length of a record is checked before it is read, because the driver loads a whole value into
    /// memory.
    /// </summary>
    private async Task<(RedisValue Record, RedisValue Link)> GetAsync(IDatabase redis, string id)
    {
        var (key, linkKey) = ((RedisKey)(keyPrefix + id), _keys.Link(LinkCursor.KeyOf(id)));
        if (_mayMeasure && limits.MaxSize > 0)
        {
            try
            {
                // All three commands are sent before the first answer is awaited.
                var (length, start, link) = (redis.StringLengthAsync(key), redis.StringGetRangeAsync(key, 0, FirstRead - 1), redis.StringGetAsync(linkKey));
                await Task.WhenAll(length, start, link);
                if (!limits.Allows(await length))
                {
                    throw new RecordPlace(id, "value").TooLarge(limits);
                }

                // For a key that does not exist, the length is zero and the start is empty. Only GET distinguishes it from an empty value.
                var isComplete = await length > 0 && (await start).Length() == await length;
                return (isComplete ? await start : await redis.StringGetAsync(key), await link);
            }
            catch (RedisServerException denied) when (denied.Kind is RedisErrorKind.NoPermission)
            {
                // The record is read with GET instead, which is denied too if the user may not read records at all.
                _mayMeasure = false;
            }
        }

        var values = await Task.WhenAll(redis.StringGetAsync(key), redis.StringGetAsync(linkKey));
        return (values[0], values[1]);
    }
}
