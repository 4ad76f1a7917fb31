using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis.Links;

/// <summary>Keeps each budget in the hash that also counts the use of its link. A transaction uses only one key, so that Redis Cluster accepts it.</summary>
internal sealed class RedisLinkBudgetStore(RedisDatabase database, string keyPrefix) : ILinkBudgetStore
{
    private const string Version = "budget_version";
    private const string State = "budget";

    private readonly RedisLinkKeys _keys = new(keyPrefix);

    /// <inheritdoc/>
    public async ValueTask<StoredBudget> FindBudgetAsync(string id, CancellationToken cancellationToken)
    {
        var fields = await RedisLinkStore.GuardAsync(
            database.RunAsync(redis => redis.HashGetAllAsync(_keys.Use(LinkCursor.KeyOf(id))), cancellationToken));
        var found = fields.ToDictionary(static field => (string)field.Name!, static field => field.Value);
        return found.TryGetValue(Version, out var version) ? new StoredBudget((long)version, found[State]) : default;
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryPutBudgetAsync(string id, long expected, string state, CancellationToken cancellationToken) => RedisLinkStore.GuardAsync(
        database.RunAsync(redis => TryPutAsync(redis, _keys.Use(LinkCursor.KeyOf(id)), expected, state), cancellationToken));

    private static async Task<bool> TryPutAsync(IDatabase redis, RedisKey key, long expected, string state)
    {
        var change = redis.CreateTransaction();
        change.AddCondition(expected == 0 ? Condition.HashNotExists(key, Version) : Condition.HashEqual(key, Version, expected));
        _ = change.HashSetAsync(key, [new(Version, expected + 1), new(State, state)]);
        return await change.ExecuteAsync();
    }
}
