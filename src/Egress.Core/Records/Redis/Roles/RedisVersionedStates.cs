using Egress.Records.Roles;
using StackExchange.Redis;

namespace Egress.Records.Redis.Roles;

/// <summary>
/// Keeps states in Redis as hashes. A sorted set has their keys, ordered by the time when they are due. Scripts change a state only if it has the
/// expected version. All keys have the same hash tag, so that Redis Cluster keeps them on one node.
/// </summary>
/// <param name="database">The database.</param>
/// <param name="prefix">The start of all keys, which consists of the prefix of the records and a hash tag.</param>
internal class RedisVersionedStates(RedisDatabase database, string prefix) : IVersionedStates
{
    /// <summary>How long Redis keeps a state after its last change, which is much longer than any state is in use.</summary>
    protected static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    /// <summary>
    /// The script that adds or replaces a state. Keys: the state, the sorted set. Arguments: expected version, new version, time when it is due,
    /// state, key of the state, lifetime in milliseconds.
    /// </summary>
    private const string Put = """
        if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'version', ARGV[2], 'due', ARGV[3], 'state', ARGV[4])
        redis.call('PEXPIRE', KEYS[1], ARGV[6])
        redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5])
        return 1
        """;

    /// <summary>The script that removes a state. Keys: the state, the sorted set. Arguments: expected version, key of the state.</summary>
    private const string Remove = """
        if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1])
        redis.call('ZREM', KEYS[2], ARGV[2])
        return 1
        """;

    private RedisKey Due => prefix + "due";

    /// <inheritdoc/>
    public async ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var values = await database.RunAsync(redis => redis.HashGetAsync(KeyOf(key), ["version", "due", "state"]), cancellationToken);
        return values is [{ IsNull: false } version, { IsNull: false } due, { IsNull: false } state]
            ? new VersionedState((long)version, DateTimeOffset.FromUnixTimeMilliseconds((long)due), state.ToString())
            : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) =>
        (bool)await database.RunAsync(
            redis => redis.ScriptEvaluateAsync(
                Put, [KeyOf(key), Due],
                [expected, next.Version, next.DueAt.ToUnixTimeMilliseconds(), next.State, key, (long)Lifetime.TotalMilliseconds]),
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) =>
        (bool)await database.RunAsync(redis => redis.ScriptEvaluateAsync(Remove, [KeyOf(key), Due], [expected, key]), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        var keys = await database.RunAsync(
            redis => redis.SortedSetRangeByScoreAsync(Due, stop: now.ToUnixTimeMilliseconds(), take: most), cancellationToken);
        return [.. keys.Select(static key => key.ToString())];
    }

    private RedisKey KeyOf(string key) => prefix + key;
}
