using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Egress.Backends;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis.Links;

/// <summary>The Redis keys of links, which start with the prefix of the records, and their values.</summary>
internal sealed class RedisLinkKeys(string keyPrefix)
{
    /// <summary>The key of the sorted set with the positions of all links. Every score is 0, so that Redis sorts the positions by their texts.</summary>
    public RedisKey All { get; } = keyPrefix + RedisOwnKeys.Links;

    /// <summary>Returns the key of the sorted set with the positions of the links that one API key created.</summary>
    public RedisKey Of(string createdBy) => keyPrefix + RedisOwnKeys.LinksBy + createdBy;

    /// <summary>Returns the key of a link, whose value is JSON.</summary>
    public RedisKey Link(string linkKey) => keyPrefix + RedisOwnKeys.Link + linkKey;

    /// <summary>Returns the key of the hash with the numbers of the use of a link, and with its budget.</summary>
    public RedisKey Use(string linkKey) => keyPrefix + RedisOwnKeys.LinkUse + linkKey;

    /// <summary>The link that a request created: JSON, which expires.</summary>
    public RedisKey Repetition(string idempotencyKey) => keyPrefix + RedisOwnKeys.LinkRequest + idempotencyKey;

    /// <summary>Adds a link to the lists. Has no effect if the lists contain it.</summary>
    public Task AddPlaceAsync(IDatabase redis, LinkEntry link)
    {
        var place = LinkCursor.Of(link).ToString();
        return Task.WhenAll(
            redis.SortedSetAddAsync(All, place, 0),
            link.CreatedBy is null ? Task.CompletedTask : redis.SortedSetAddAsync(Of(link.CreatedBy), place, 0));
    }

    /// <summary>Reads the value of a link; null if the key does not exist.</summary>
    /// <exception cref="BackendException">Malformed: Egress did not write the value.</exception>
    public static RedisLink? Read(RedisValue value) => Read(value, RedisLinkJson.Default.RedisLink);

    /// <summary>Reads the link that a request created.</summary>
    /// <exception cref="BackendException">Malformed: Egress did not write the value.</exception>
    public static RedisRepetition? ReadRepetition(RedisValue value) => Read(value, RedisLinkJson.Default.RedisRepetition);

    private static T? Read<T>(RedisValue value, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return value.IsNull ? null : JsonSerializer.Deserialize((byte[])value!, type);
        }
        catch (JsonException exception)
        {
            throw new BackendException(Backend.Database, BackendFault.Malformed, "The value of a key of a link was not written by Egress.", exception);
        }
    }

    /// <summary>Returns the value of a link.</summary>
    public static RedisValue Write(RedisLink link) => JsonSerializer.SerializeToUtf8Bytes(link, RedisLinkJson.Default.RedisLink);

    /// <summary>Returns the state of a link for the look-up of its record.</summary>
    public static LinkState? StateOf(RedisValue value) =>
        Read(value) is { } link ? new LinkState(link.RevokedAt is not null) { MaxDownloads = link.MaxDownloads } : null;
}
