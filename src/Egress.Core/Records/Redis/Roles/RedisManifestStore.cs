using Egress.Records.Roles;
using StackExchange.Redis;

namespace Egress.Records.Redis.Roles;

/// <summary>
/// Keeps manifests in Redis. Each part of a manifest has a key, which expires and starts with the prefix of the records. Each command uses only one
/// key, so that Redis Cluster accepts it.
/// </summary>
internal sealed class RedisManifestStore(RedisDatabase database, string keyPrefix) : IManifestStore
{
    private readonly string _prefix = keyPrefix + RedisOwnKeys.Manifest;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<byte[]>> ReadAsync(string id, int first, int count, CancellationToken cancellationToken)
    {
        var parts = new List<byte[]>();
        foreach (var batch in Enumerable.Range(first, count).Chunk(ManifestStoreLimits.PartsPerRead))
        {
            var values = await database.RunAsync(redis => Task.WhenAll(batch.Select(part => redis.StringGetAsync(KeyOf(id, part)))), cancellationToken);
            parts.AddRange(values.TakeWhile(static value => !value.IsNull).Select(static value => (byte[])value!));
            if (values.Any(static value => value.IsNull))
            {
                break;
            }
        }

        return parts;
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string id, IReadOnlyList<byte[]> parts, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        foreach (var batch in parts.Index().Chunk(ManifestStoreLimits.PartsPerWrite))
        {
            await database.RunAsync(
                redis => Task.WhenAll(batch.Select(part => redis.StringSetAsync(KeyOf(id, part.Index), part.Item, lifetime))), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask RenewAsync(string id, int count, TimeSpan lifetime, CancellationToken cancellationToken) =>
        ForEachAsync(id, count, (redis, key) => redis.KeyExpireAsync(key, lifetime), cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string id, int count, CancellationToken cancellationToken) =>
        ForEachAsync(id, count, static (redis, key) => redis.KeyDeleteAsync(key), cancellationToken);

    private async ValueTask ForEachAsync(string id, int count, Func<IDatabase, RedisKey, Task<bool>> command, CancellationToken cancellationToken)
    {
        foreach (var batch in Enumerable.Range(0, count).Chunk(ManifestStoreLimits.PartsPerRead))
        {
            await database.RunAsync(redis => Task.WhenAll(batch.Select(part => command(redis, KeyOf(id, part)))), cancellationToken);
        }
    }

    private RedisKey KeyOf(string id, int part) => $"{_prefix}{id}:{part}";
}
