using System.Globalization;
using Egress.Backends;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis.Links;

/// <summary>
/// Keeps links in Redis, under keys that start with the prefix of the records. Each command uses only one key, so that Redis Cluster accepts it.
/// </summary>
internal sealed class RedisLinkStore(RedisDatabase database, string keyPrefix, TimeProvider time) : ILinkStore
{
    /// <summary>The largest number of attempts to make a change that conflicts with other changes.</summary>
    private const int MaxAttempts = 20;

    private readonly RedisLinkKeys _keys = new(keyPrefix);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken) =>
        new RedisLinkCreation(this, database, _keys, keyPrefix, Now).CreateAsync(link, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken) =>
        await FindRepetitionAsync(idempotencyKey, cancellationToken) is { } repetition ? await FindAsync(repetition.Id, cancellationToken) : null;

    /// <inheritdoc/>
    public async ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken)
    {
        var key = LinkCursor.KeyOf(id);
        return await RunAsync(redis => FindAsync(redis, key), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken)
    {
        var (found, after) = (new List<LinkEntry>(), selection.After);
        while (true)
        {
            var places = await PlacesAsync(selection, after, cancellationToken);
            var links = await RunAsync(redis => Task.WhenAll(places.Select(place => FindAsync(redis, place.Key))), cancellationToken);

            // If a link replaced one with the same id, the list also contains the position of the replaced one, which is skipped.
            found.AddRange(links.Zip(places).Where(static pair => pair.First is { } link && LinkCursor.Of(link) == pair.Second).Select(static pair => pair.First!).Where(selection.Selects));
            if (found.Count > selection.Limit)
            {
                return new LinkPage(found[..selection.Limit], LinkCursor.Of(found[selection.Limit - 1]));
            }

            if (places.Count <= selection.Limit)
            {
                return new LinkPage(found, null);
            }

            after = places[^1];
        }
    }

    /// <inheritdoc/>
    public async ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken)
    {
        var key = LinkCursor.KeyOf(id);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await RunAsync(redis => TryRevokeAsync(redis, id, key, by), cancellationToken))
            {
                return;
            }
        }

        throw new BackendException(Backend.Database, BackendFault.Unavailable, $"The link '{id}' changes all the time, and could not be revoked.");
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var values = await RunAsync(
            redis => Task.WhenAll(ids.Select(id => redis.StringGetAsync(_keys.Link(LinkCursor.KeyOf(id))))), cancellationToken);
        return ids.Zip(values).Where(static pair => RedisLinkKeys.StateOf(pair.Second) is { IsRevoked: true }).Select(static pair => pair.First)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public async ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken)
    {
        var key = _keys.Use(LinkCursor.KeyOf(id));
        await GuardAsync(database.RunOnceAsync(
            async redis =>
            {
                await Task.WhenAll(
                    redis.HashIncrementAsync(key, "downloads", transfer.IsWhole ? 1 : 0), redis.HashIncrementAsync(key, "bytes", transfer.Bytes));
                for (var attempt = 0; attempt < MaxAttempts && !await TrySetLastAsync(redis, key, transfer); attempt++)
                {
                }

                return true;
            },
            cancellationToken));
    }

    /// <summary>Stores a transfer as the last one of its link, unless one that ended later is stored.</summary>
    /// <returns>False if another transfer was added meanwhile.</returns>
    private static async Task<bool> TrySetLastAsync(IDatabase redis, RedisKey key, LinkTransfer transfer)
    {
        var last = await redis.HashGetAsync(key, "last_at");
        if (last.TryParse(out long at) && at > transfer.At.ToUnixTimeMilliseconds())
        {
            return true;
        }

        var change = redis.CreateTransaction();
        change.AddCondition(last.IsNull ? Condition.HashNotExists(key, "last_at") : Condition.HashEqual(key, "last_at", last));
        _ = change.HashSetAsync(key,
        [
            new("last_at", transfer.At.ToUnixTimeMilliseconds()), new("last_status", transfer.Status),
            new("last_reason", transfer.Reason ?? ""), new("last_bytes", transfer.Bytes),
        ]);
        return await change.ExecuteAsync();
    }

    /// <inheritdoc/>
    public async ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken)
    {
        var key = LinkCursor.KeyOf(id);
        await RunAsync(
            async redis =>
            {
                if (!(await redis.StringGetAsync(_keys.Link(key))).IsNull)
                {
                    await redis.HashSetAsync(_keys.Use(key),
                    [
                        new("callback_state", callback.State), new("callback_attempts", callback.Attempts), new("callback_answer", callback.LastAnswer ?? ""),
                    ]);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Finds the link for which a request reserved an idempotency key.</summary>
    public async ValueTask<RedisRepetition?> FindRepetitionAsync(string idempotencyKey, CancellationToken cancellationToken)
    {
        var value = await RunAsync(redis => redis.StringGetAsync(_keys.Repetition(idempotencyKey)), cancellationToken);
        return RedisLinkKeys.ReadRepetition(value);
    }

    private async Task<bool> TryRevokeAsync(IDatabase redis, string id, string key, string by)
    {
        var value = await redis.StringGetAsync(_keys.Link(key));
        if (RedisLinkKeys.Read(value) is not { } link)
        {
            var added = new RedisLink(id, Now) { RevokedAt = Now, RevokedBy = by };
            if (!await redis.StringSetAsync(_keys.Link(key), RedisLinkKeys.Write(added), when: When.NotExists))
            {
                return false;
            }

            await _keys.AddPlaceAsync(redis, added.ToEntry());
            return true;
        }

        if (link.RevokedAt is not null)
        {
            return true;
        }

#pragma warning disable SER301 // Compare-and-set needs Redis 8.4.
        var change = redis.CreateTransaction();
        change.AddCondition(Condition.StringEqual(_keys.Link(key), value));
        _ = change.StringSetAsync(_keys.Link(key), RedisLinkKeys.Write(link with { RevokedAt = Now, RevokedBy = by }));
#pragma warning restore SER301
        return await change.ExecuteAsync();
    }

    private async Task<LinkEntry?> FindAsync(IDatabase redis, string key)
    {
        var (link, use) = (redis.StringGetAsync(_keys.Link(key)), redis.HashGetAllAsync(_keys.Use(key)));
        await Task.WhenAll(link, use);
        if (RedisLinkKeys.Read(await link) is not { } found)
        {
            return null;
        }

        var used = (await use).ToDictionary(static field => (string)field.Name!, static field => (string?)field.Value ?? "");
        long Number(string field) => long.Parse(used.GetValueOrDefault(field, "0"), CultureInfo.InvariantCulture);
        return found.ToEntry() with
        {
            DownloadsUsed = Number("downloads"),
            BytesDelivered = Number("bytes"),
            Callback = used.TryGetValue("callback_state", out var state)
                ? new LinkCallback(state, (int)Number("callback_attempts"), used["callback_answer"] is { Length: > 0 } answer ? answer : null)
                : null,
            LastTransfer = used.ContainsKey("last_at")
                ? new LinkTransfer(
                    DateTimeOffset.FromUnixTimeMilliseconds(Number("last_at")), used["last_status"], used["last_reason"] is { Length: > 0 } reason ? reason : null,
                    Number("last_bytes"), IsWhole: false)
                : null,
        };
    }

    private async ValueTask<List<LinkCursor>> PlacesAsync(LinkSelection selection, LinkCursor? after, CancellationToken cancellationToken)
    {
        var set = selection.CreatedBy is { } by ? _keys.Of(by) : _keys.All;
        var places = await RunAsync(
            redis => redis.SortedSetRangeByValueAsync(
                set, min: default, max: after is { } end ? end.ToString() : default, after is null ? Exclude.None : Exclude.Stop, Order.Descending,
                0, selection.Limit + 1),
            cancellationToken);
        return [.. places.Select(static place => LinkCursor.Parse(place!)).OfType<LinkCursor>()];
    }

    private ValueTask<T> RunAsync<T>(Func<IDatabase, Task<T>> commands, CancellationToken cancellationToken) =>
        GuardAsync(database.RunAsync(commands, cancellationToken));

    /// <summary>Awaits an operation. If it fails because the database user lacks permissions, adds a hint to the exception.</summary>
    public static async ValueTask<T> GuardAsync<T>(ValueTask<T> running)
    {
        try
        {
            return await running;
        }
        catch (BackendException denied) when (denied.Fault is BackendFault.Denied)
        {
            throw new BackendException(denied.Backend, denied.Fault, $"{denied.Message} Links need further commands: see docs/links.md.", denied)
            {
                IsLinkTableUnusable = true,
            };
        }
    }
}
