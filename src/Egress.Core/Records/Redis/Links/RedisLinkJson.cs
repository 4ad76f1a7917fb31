using System.Text.Json.Serialization;
using Egress.Records.Links;

namespace Egress.Records.Redis.Links;

/// <summary>The stored JSON of a link. Times are Unix times in milliseconds, except the expiry, which is in seconds.</summary>
internal sealed record RedisLink(string Id, long CreatedAt)
{
    public string? CreatedBy { get; init; }

    public long? ExpiresAt { get; init; }

    public long? RevokedAt { get; init; }

    public string? RevokedBy { get; init; }

    public long? MaxDownloads { get; init; }

    public string? Summary { get; init; }

    [JsonPropertyName("repetition_key")]
    public string? IdempotencyKey { get; init; }

    public string? BodyDigest { get; init; }

    /// <summary>Returns the link without the numbers of its use, which are stored under another key.</summary>
    public LinkEntry ToEntry() => new(Id, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt))
    {
        CreatedBy = CreatedBy,
        ExpiresAt = ExpiresAt is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        RevokedAt = RevokedAt is { } revoked ? DateTimeOffset.FromUnixTimeMilliseconds(revoked) : null,
        RevokedBy = RevokedBy,
        MaxDownloads = MaxDownloads,
        Summary = Summary,
        BodyDigest = BodyDigest,
    };
}

/// <summary>The stored JSON of an idempotency key: the id of the link that the request created, and the digest of its body.</summary>
internal sealed record RedisRepetition(string Id, string BodyDigest);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RedisLink))]
[JsonSerializable(typeof(RedisRepetition))]
internal sealed partial class RedisLinkJson : JsonSerializerContext;
