using System.Globalization;
using Egress.Records.Roles;
using StackExchange.Redis;

namespace Egress.Records.Redis.Roles;

/// <summary>
/// Checksums as keys that expire, after the prefix of the records. All commands use one key, so that a cluster accepts them, and are sent together.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="prefix">The prefix of the keys.</param>
/// <param name="write">Returns the value for a checksum.</param>
/// <param name="read">Returns the checksum in a value; null if the value is not a checksum.</param>
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

/// <summary>The kinds of checksums. Each is stored as hexadecimal digits, under keys with its own prefix.</summary>
internal static class RedisChecksumCaches
{
    /// <summary>CRC-32.</summary>
    public static RedisChecksumCache<uint> Crc32(RedisDatabase database, string keyPrefix) => new(
        database,
        keyPrefix + RedisOwnKeys.Crc32,
        static crc => crc.ToString("x8", CultureInfo.InvariantCulture),
        static text => uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var crc) ? crc : null);

    /// <summary>SHA-256.</summary>
    public static RedisChecksumCache<Sha256Digest> Sha256(RedisDatabase database, string keyPrefix) => new(
        database, keyPrefix + RedisOwnKeys.Sha256, static digest => digest.ToString(), static text => Sha256Digest.TryParse(text));
}
