using System.Globalization;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Checksums as keys that expire, after the prefix of the records. Single commands, sent all at once, so that a cluster accepts them.</summary>
internal sealed class RedisCrcCache(RedisDatabase database, string keyPrefix) : ICrcCache
{
    private readonly string _prefix = keyPrefix + RedisOwnKeys.Crc32;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, uint>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, uint>(keys.Count);
        foreach (var batch in keys.Chunk(CrcCacheLimits.BatchSize))
        {
            var values = await database.RunAsync(
                redis => Task.WhenAll(batch.Select(key => redis.StringGetAsync(_prefix + key))), cancellationToken);
            foreach (var (key, value) in batch.Zip(values))
            {
                if (uint.TryParse((string?)value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc))
                {
                    found[key] = crc;
                }
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(IReadOnlyDictionary<string, uint> crcs, CancellationToken cancellationToken)
    {
        foreach (var batch in crcs.Chunk(CrcCacheLimits.BatchSize))
        {
            await database.RunAsync(redis => Task.WhenAll(batch.Select(crc => AddAsync(redis, crc.Key, crc.Value))), cancellationToken);
        }
    }

    private Task<bool> AddAsync(IDatabase redis, string key, uint crc) => redis.StringSetAsync(
        _prefix + key, crc.ToString("x8", CultureInfo.InvariantCulture), CrcCacheLimits.Lifetime, When.NotExists);
}
