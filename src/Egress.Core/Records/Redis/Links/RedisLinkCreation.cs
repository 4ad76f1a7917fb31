using System.Text.Json;
using Egress.Records.Json;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis.Links;

/// <summary>
/// Creates a link with single commands: claims its idempotency key, and then stores the link, its record, and its place in the lists. A repeated
/// request also completes the steps of an interrupted one, so two requests may do the same step at the same time.
/// </summary>
/// <param name="store">Finds links.</param>
/// <param name="database">Runs the commands.</param>
/// <param name="keys">The keys of links.</param>
/// <param name="keyPrefix">The prefix of the ids of records.</param>
/// <param name="now">The current time, as Unix time in milliseconds.</param>
internal sealed class RedisLinkCreation(RedisLinkStore store, RedisDatabase database, RedisLinkKeys keys, string keyPrefix, long now)
{
    /// <summary>How long a link without a record counts as being created, in milliseconds. Only an older one may be replaced.</summary>
    private const long CreationLimit = 60_000;

    /// <summary>Creates a link.</summary>
    public async ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken)
    {
        RedisOwnKeys.Refuse(link.Record.Id);
        if (link.IdempotencyKey is not { } key)
        {
            return await StoreAsync(link, cancellationToken) is { } single ? LinkCreation.Of(single) : LinkCreation.IdExists;
        }

        return await ClaimAsync(key, link, cancellationToken)
            ? await StoreClaimedAsync(key, link, cancellationToken)
            : await RepeatAsync(key, link, cancellationToken);
    }

    /// <summary>Reserves an idempotency key for a link.</summary>
    /// <returns>False if another request has it.</returns>
    internal ValueTask<bool> ClaimAsync(string idempotencyKey, NewLink link, CancellationToken cancellationToken)
    {
        var claim = JsonSerializer.SerializeToUtf8Bytes(
            new RedisRepetition(link.Record.Id, link.BodyDigest ?? ""), RedisLinkJson.Default.RedisRepetition);
        return RunAsync(
            redis => redis.StringSetAsync(keys.Repetition(idempotencyKey), claim, ILinkStore.IdempotencyWindow, When.NotExists), cancellationToken);
    }

    /// <summary>Stores the link of the request that has reserved the idempotency key. A repeated request may have stored it already.</summary>
    internal async ValueTask<LinkCreation> StoreClaimedAsync(string idempotencyKey, NewLink link, CancellationToken cancellationToken)
    {
        if (await StoreAsync(link, cancellationToken) is { } created)
        {
            return LinkCreation.Of(created);
        }

        if (await FindOwnAsync(link, cancellationToken) is { } stored && await CompleteAsync(link, stored, cancellationToken))
        {
            return LinkCreation.Of(stored);
        }

        await RunAsync(redis => redis.KeyDeleteAsync(keys.Repetition(idempotencyKey)), cancellationToken);
        return LinkCreation.IdExists;
    }

    /// <summary>Returns the link of the first request, and completes the steps that it may not have completed.</summary>
    private async ValueTask<LinkCreation> RepeatAsync(string idempotencyKey, NewLink link, CancellationToken cancellationToken)
    {
        if (await store.FindRepetitionAsync(idempotencyKey, cancellationToken) is not { } first)
        {
            return LinkCreation.IdExists;
        }

        if (!string.Equals(first.BodyDigest, link.BodyDigest, StringComparison.Ordinal))
        {
            return LinkCreation.RepetitionOf(new LinkEntry(first.Id, DateTimeOffset.FromUnixTimeMilliseconds(now)) { BodyDigest = first.BodyDigest });
        }

        var same = link with { Record = link.Record.WithId(first.Id) };
        var entry = await FindOwnAsync(same, cancellationToken) ?? await StoreAsync(same, cancellationToken) ?? await FindOwnAsync(same, cancellationToken);
        return entry is not null && await CompleteAsync(same, entry, cancellationToken) ? LinkCreation.RepetitionOf(entry) : LinkCreation.IdExists;
    }

    /// <summary>Finds a link that a request with the same idempotency key has stored during the lifetime of that key.</summary>
    private async ValueTask<LinkEntry?> FindOwnAsync(NewLink link, CancellationToken cancellationToken)
    {
        var value = await RunAsync(redis => redis.StringGetAsync(keys.Link(LinkCursor.KeyOf(link.Record.Id))), cancellationToken);
        return RedisLinkKeys.Read(value) is { } stored && string.Equals(stored.IdempotencyKey, link.IdempotencyKey, StringComparison.Ordinal)
            && stored.CreatedAt > now - (long)ILinkStore.IdempotencyWindow.TotalMilliseconds
                ? stored.ToEntry()
                : null;
    }

    /// <returns>The new link; null if the id already exists.</returns>
    private async ValueTask<LinkEntry?> StoreAsync(NewLink link, CancellationToken cancellationToken)
    {
        var created = new RedisLink(link.Record.Id, now)
        {
            CreatedBy = link.CreatedBy,
            ExpiresAt = link.ExpiresAt?.ToUnixTimeSeconds(),
            MaxDownloads = link.MaxDownloads,
            Summary = link.Summary,
            IdempotencyKey = link.IdempotencyKey,
            BodyDigest = link.BodyDigest,
        };
        var key = keys.Link(LinkCursor.KeyOf(link.Record.Id));
        if (!await RunAsync(redis => redis.StringSetAsync(key, RedisLinkKeys.Write(created), when: When.NotExists), cancellationToken)
            && !await RunAsync(redis => TryReplaceAsync(redis, created), cancellationToken))
        {
            return null;
        }

        var entry = created.ToEntry();
        if (await CompleteAsync(link, entry, cancellationToken))
        {
            return entry;
        }

        await RunAsync(redis => redis.KeyDeleteAsync(key), cancellationToken);
        return null;
    }

    /// <summary>Replaces the link with this id by the new one, if the record of the old link was deleted. A revoked link is not replaced.</summary>
    private async Task<bool> TryReplaceAsync(IDatabase redis, RedisLink created)
    {
        var linkKey = LinkCursor.KeyOf(created.Id);
        var value = await redis.StringGetAsync(keys.Link(linkKey));
        if (RedisLinkKeys.Read(value) is not { RevokedAt: null } old || old.CreatedAt > now - CreationLimit || !(await redis.StringGetAsync(keyPrefix + created.Id)).IsNull)
        {
            return false;
        }

#pragma warning disable SER301 // Compare-and-set needs Redis 8.4.
        var change = redis.CreateTransaction();
        change.AddCondition(Condition.StringEqual(keys.Link(linkKey), value));
        _ = change.StringSetAsync(keys.Link(linkKey), RedisLinkKeys.Write(created));
#pragma warning restore SER301
        if (!await change.ExecuteAsync())
        {
            return false;
        }

        await redis.KeyDeleteAsync(keys.Use(linkKey));
        return true;
    }

    /// <summary>Stores the record of a link, and adds the link to the lists.</summary>
    /// <returns>False if a different record with this id exists.</returns>
    private async ValueTask<bool> CompleteAsync(NewLink link, LinkEntry entry, CancellationToken cancellationToken)
    {
        var (key, record) = ((RedisKey)(keyPrefix + link.Record.Id), (RedisValue)RecordDocument.Write(link.Record));
        return await RunAsync(
            async redis =>
            {
                if (!await redis.StringSetAsync(key, record, when: When.NotExists) && await redis.StringGetAsync(key) != record)
                {
                    return false;
                }

                await keys.AddPlaceAsync(redis, entry);
                return true;
            },
            cancellationToken);
    }

    private ValueTask<T> RunAsync<T>(Func<IDatabase, Task<T>> command, CancellationToken cancellationToken) =>
        RedisLinkStore.GuardAsync(database.RunOnceAsync(command, cancellationToken));
}
