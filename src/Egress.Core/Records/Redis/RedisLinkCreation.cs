using System.Text.Json;
using Egress.Records.Json;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>
/// Creates a link with single commands: its repetition key is claimed, then the link is stored, then its record, then its place in the lists. A
/// request that is repeated does again what an interrupted one may have left undone, so each step may be done by two requests at once.
/// </summary>
/// <param name="store">Finds links.</param>
/// <param name="database">Runs the commands.</param>
/// <param name="keys">The keys of links.</param>
/// <param name="keyPrefix">What precedes the ids of records.</param>
/// <param name="now">Unix time in milliseconds.</param>
internal sealed class RedisLinkCreation(RedisLinkStore store, RedisDatabase database, RedisLinkKeys keys, string keyPrefix, long now)
{
    /// <summary>Creates a link.</summary>
    public async ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken)
    {
        if (link.RepetitionKey is not { } key)
        {
            return await StoreAsync(link, cancellationToken) is { } single ? LinkCreation.Of(single) : LinkCreation.IdExists;
        }

        if (!await ClaimAsync(key, link, cancellationToken))
        {
            return await RepeatAsync(key, link, cancellationToken);
        }

        if (await StoreAsync(link, cancellationToken) is { } created)
        {
            return LinkCreation.Of(created);
        }

        if (await FindOwnAsync(link, cancellationToken) is { } other)
        {
            // A repeated request was faster, and has stored the link for this one.
            return LinkCreation.RepetitionOf(other);
        }

        await RunAsync(redis => redis.KeyDeleteAsync(keys.Repetition(key)), cancellationToken);
        return LinkCreation.IdExists;
    }

    private ValueTask<bool> ClaimAsync(string repetitionKey, NewLink link, CancellationToken cancellationToken)
    {
        var claim = JsonSerializer.SerializeToUtf8Bytes(
            new RedisRepetition(link.Record.Id, link.BodyDigest ?? ""), RedisLinkJson.Default.RedisRepetition);
        return RunAsync(
            redis => redis.StringSetAsync(keys.Repetition(repetitionKey), claim, ILinkStore.RepetitionWindow, When.NotExists), cancellationToken);
    }

    /// <summary>Gives the link of the request that came first, and does what that request may have left undone.</summary>
    private async ValueTask<LinkCreation> RepeatAsync(string repetitionKey, NewLink link, CancellationToken cancellationToken)
    {
        if (await store.FindRepetitionAsync(repetitionKey, cancellationToken) is not { } first)
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

    /// <summary>Finds the link if a request with the same body of the same key stored it.</summary>
    private async ValueTask<LinkEntry?> FindOwnAsync(NewLink link, CancellationToken cancellationToken) =>
        await store.FindAsync(link.Record.Id, cancellationToken) is { } entry
        && string.Equals(entry.BodyDigest, link.BodyDigest, StringComparison.Ordinal)
        && string.Equals(entry.CreatedBy, link.CreatedBy, StringComparison.Ordinal)
            ? entry
            : null;

    /// <returns>The new link; null when the id exists already.</returns>
    private async ValueTask<LinkEntry?> StoreAsync(NewLink link, CancellationToken cancellationToken)
    {
        var created = new RedisLink(link.Record.Id, now)
        {
            CreatedBy = link.CreatedBy,
            ExpiresAt = link.ExpiresAt?.ToUnixTimeSeconds(),
            MaxDownloads = link.MaxDownloads,
            Summary = link.Summary,
            BodyDigest = link.BodyDigest,
        };
        var key = keys.Link(LinkCursor.KeyOf(link.Record.Id));
        if (!await RunAsync(redis => redis.StringSetAsync(key, RedisLinkKeys.Write(created), when: When.NotExists), cancellationToken))
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

    /// <summary>Stores the record of a link and its place in the lists.</summary>
    /// <returns>False when there is another record with this id.</returns>
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

    private ValueTask<bool> RunAsync(Func<IDatabase, Task<bool>> command, CancellationToken cancellationToken) =>
        RedisLinkStore.GuardAsync(database.RunOnceAsync(command, cancellationToken));
}
