using System.Globalization;
using Egress.Records.Roles;
using StackExchange.Redis;

namespace Egress.Records.Redis.Roles;

/// <summary>
/// Keeps checksums in Redis, under keys that expire and start with the prefix of the records. Each command uses only one key, so that Redis Cluster
/// accepts it. The commands of a call are sent together.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="prefix">The prefix of the keys.</param>
/// <param name="write">Returns the Redis value of a checksum.</param>
/// <param name="read">Returns the checksum in a Redis value; null if the value is not a checksum.</param>
internal sealed class RedisChecksumCache<T>(RedisDatabase database, string prefix, Func<T, string> write, Func<string, T?> read) : IChecksumCache<T>
    where T : struct
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, T>> FindAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, T>(keys.Count);
        foreach (var batch in keys.Chunk(ChecksumCacheLimits.BatchSize))
        {
            var values = await database.RunAsync(
                redis => Task.WhenAll(batch.Select(key => redis.StringGetAsync(prefix + key))), cancellationToken);
            foreach (var (key, value) in batch.Zip(values))
            {
                if ((string?)value is { } text && read(text) is { } checksum)
                {
                    found[key] = checksum;
                }
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(IReadOnlyDictionary<string, T> checksums, CancellationToken cancellationToken)
    {
        foreach (var batch in checksums.Chunk(ChecksumCacheLimits.BatchSize))
        {
            await database.RunAsync(redis => Task.WhenAll(batch.Select(checksum => AddAsync(redis, checksum.Key, checksum.Value))), cancellationToken);
        }
    }

    private Task<bool> AddAsync(IDatabase redis, string key, T checksum) =>
        redis.StringSetAsync(prefix + key, write(checksum), ChecksumCacheLimits.Lifetime, When.NotExists);
}

/// <summary>Creates the cache of each kind of checksum. Checksums are stored as hexadecimal digits, and each kind has its own prefix of keys.</summary>
internal static class RedisChecksumCaches
{
    /// <summary>Creates the cache of CRC-32s.</summary>
    public static RedisChecksumCache<uint> Crc32(RedisDatabase database, string keyPrefix) => new(
        database,
        keyPrefix + RedisOwnKeys.Crc32,
        static crc => crc.ToString("x8", CultureInfo.InvariantCulture),
        static text => uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) ? crc : null);

    /// <summary>Creates the cache of SHA-256 digests.</summary>
    public static RedisChecksumCache<Sha256Digest> Sha256(RedisDatabase database, string keyPrefix) => new(
        database, keyPrefix + RedisOwnKeys.Sha256, static digest => digest.ToString(), static text => Sha256Digest.TryParse(text));
}
