using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>A running response with a range of an archive, as part of a delivery.</summary>
internal sealed record TrackedRange
{
    /// <summary>Id of the response.</summary>
    public required string Id { get; init; }

    /// <summary>Key of the delivery.</summary>
    [JsonIgnore]
    public string Key { get; init; } = "";

    /// <summary>Offset of its first byte.</summary>
    public required long From { get; init; }

    /// <summary>Offset after the last byte that was requested.</summary>
    public required long To { get; init; }

    /// <summary>Whether the whole archive was requested, from the first byte on and without an end.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Bytes that were sent at the last renewal.</summary>
    public long Sent { get; init; }

    /// <summary>Time of the last renewal.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>
    /// Offset at which a later request began, after the sent bytes and within this range; null for none. If this response is not renewed any more,
    /// its process died, and the client resumed at this offset because it has the bytes before it.
    /// </summary>
    public long? ResumedAt { get; init; }
}
