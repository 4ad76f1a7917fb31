using System.Globalization;
using Egress.Records.Exports;
using Egress.Records.Redis.Roles;
using StackExchange.Redis;

namespace Egress.Records.Redis.Exports;

/// <summary>Keeps exports in Redis. The parts of an export are the fields of one hash.</summary>
internal sealed class RedisExportStore(RedisDatabase database, string keyPrefix)
    : RedisVersionedStates(database, keyPrefix + RedisOwnKeys.Exports), IExportStore
{
    private readonly RedisDatabase _database = database;
    private readonly string _prefix = keyPrefix + RedisOwnKeys.Exports;

    /// <inheritdoc/>
    public async ValueTask AddPartAsync(string id, StoredPart part, CancellationToken cancellationToken)
    {
        var key = PartsOf(id);
        var value = string.Create(CultureInfo.InvariantCulture, $"{part.Length} {part.Tag}");
        await _database.RunAsync(redis => redis.HashSetAsync(key, part.Number, value), cancellationToken);
        await _database.RunAsync(redis => redis.KeyExpireAsync(key, Lifetime), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredPart>> FindPartsAsync(string id, CancellationToken cancellationToken)
    {
        var fields = await _database.RunAsync(redis => redis.HashGetAllAsync(PartsOf(id)), cancellationToken);
        return [.. fields.Select(static field => Read((int)field.Name, field.Value.ToString())).OrderBy(static part => part.Number)];
    }

    /// <inheritdoc/>
    public async ValueTask<StoredPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken)
    {
        var value = await _database.RunAsync(redis => redis.HashGetAsync(PartsOf(id), number), cancellationToken);
        return value.IsNull ? null : Read(number, value.ToString());
    }

    /// <inheritdoc/>
    public async ValueTask<int> CountPartsAsync(string id, CancellationToken cancellationToken) =>
        (int)await _database.RunAsync(redis => redis.HashLengthAsync(PartsOf(id)), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask RemovePartsAsync(string id, CancellationToken cancellationToken) =>
        await _database.RunAsync(redis => redis.KeyDeleteAsync(PartsOf(id)), cancellationToken);

    private static StoredPart Read(int number, string value)
    {
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        return new StoredPart(number, long.Parse(value.AsSpan(0, space), CultureInfo.InvariantCulture), value[(space + 1)..]);
    }

    private RedisKey PartsOf(string id) => $"{_prefix}parts:{id}";
}
