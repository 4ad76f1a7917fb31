using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Egress.Backends;
using Egress.Records.Links;
using StackExchange.Redis;

namespace Egress.Records.Redis.Links;

/// <summary>The keys of links, after the prefix of the records, and what they hold.</summary>
internal sealed class RedisLinkKeys(string keyPrefix)
{
    /// <summary>The places of all links, sorted by their texts: every score is 0.</summary>
    public RedisKey All { get; } = keyPrefix + RedisOwnKeys.Links;

    /// <summary>The places of the links of one key.</summary>
    public RedisKey Of(string createdBy) => keyPrefix + RedisOwnKeys.LinksBy + createdBy;

    /// <summary>The link: JSON.</summary>
    public RedisKey Link(string linkKey) => keyPrefix + RedisOwnKeys.Link + linkKey;

    /// <summary>The use of the link, and what it took of its limit: a hash.</summary>
    public RedisKey Use(string linkKey) => keyPrefix + RedisOwnKeys.LinkUse + linkKey;

    /// <summary>The link that a request created: JSON, which expires.</summary>
    public RedisKey Repetition(string repetitionKey) => keyPrefix + RedisOwnKeys.LinkRequest + repetitionKey;

    /// <summary>Adds a link to the lists. Without effect when it is there.</summary>
    public Task AddPlaceAsync(IDatabase redis, LinkEntry link)
    {
        var place = LinkCursor.Of(link).ToString();
        return Task.WhenAll(
            redis.SortedSetAddAsync(All, place, 0),
            link.CreatedBy is null ? Task.CompletedTask : redis.SortedSetAddAsync(Of(link.CreatedBy), place, 0));
    }

    /// <summary>Reads a link.</summary>
    /// <exception cref="BackendException">Malformed: it is not what Egress writes.</exception>
    public static RedisLink? Read(RedisValue value) => Read(value, RedisLinkJson.Default.RedisLink);

    /// <summary>Reads which link a request created.</summary>
    /// <exception cref="BackendException">Malformed: it is not what Egress writes.</exception>
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
            throw new BackendException(Backend.Database, BackendFault.Malformed, "A key of a link does not hold what Egress writes.", exception);
        }
    }

    /// <summary>Writes a link.</summary>
    public static RedisValue Write(RedisLink link) => JsonSerializer.SerializeToUtf8Bytes(link, RedisLinkJson.Default.RedisLink);

    /// <summary>The state of a link, as the look-up of its record finds it.</summary>
    public static LinkState? StateOf(RedisValue value) =>
        Read(value) is { } link ? new LinkState(link.RevokedAt is not null) { MaxDownloads = link.MaxDownloads } : null;
}
