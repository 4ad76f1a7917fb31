using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>A running response with a range of an archive, as it is stored in the delivery.</summary>
internal sealed record TrackedRange
{
    /// <summary>Id of the response.</summary>
    public required string Id { get; init; }

    /// <summary>Key of the delivery.</summary>
    [JsonIgnore]
    public string Key { get; init; } = "";

    /// <summary>Offset of the first byte of the range in the archive.</summary>
    public required long From { get; init; }

    /// <summary>Offset after the last requested byte.</summary>
    public required long To { get; init; }

    /// <summary>Whether the whole archive was requested with a range that starts at zero and has no end.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Number of bytes that were sent until the last renewal.</summary>
    public long Sent { get; init; }

    /// <summary>Time of the last renewal.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>
    /// Offset where a later request began, if it is after the bytes sent and within this range; null for none. If this response is not renewed any
    /// more, its process died. The client has received everything before this offset, because it resumed there.
    /// </summary>
    public long? ResumedAt { get; init; }
}
