using System.Text.Json.Serialization;

namespace Egress.Deliveries;

/// <summary>One response with a range of an archive, as a delivery keeps it while it runs.</summary>
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

    /// <summary>Whether the whole archive was requested: everything from the first byte on, without an end.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Bytes that were sent when it was last seen.</summary>
    public long Sent { get; init; }

    /// <summary>When it was last seen.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>
    /// Where a later request began, after what was sent and within this range; null for none. If this response is not seen any more, its process died,
    /// and the client resumed there because it has the bytes before.
    /// </summary>
    public long? ResumedAt { get; init; }
}
