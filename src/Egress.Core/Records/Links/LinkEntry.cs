namespace Egress.Records.Links;

/// <summary>The stored state of one link. Times are precise to the millisecond.</summary>
/// <param name="Id">Id of the record, as the store prints it.</param>
/// <param name="CreatedAt">When Egress created the link. For a record that the application stored itself, when this entry was created.</param>
internal sealed record LinkEntry(string Id, DateTimeOffset CreatedAt)
{
    /// <summary>Name of the API key that created the link; null for a record that the application stored itself.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When the link expires, in whole seconds; null if it never expires or if the expiry is not known.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the link was revoked; null if it is not revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Name of the API key that revoked the link; null if it is not revoked.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }

    /// <summary>The number of transfers that sent the archive to its end.</summary>
    public long DownloadsUsed { get; init; }

    /// <summary>The number of bytes of the archive that all transfers together sent.</summary>
    public long BytesDelivered { get; init; }

    /// <summary>The transfer that ended last; null if there was none.</summary>
    public LinkTransfer? LastTransfer { get; init; }

    /// <summary>The callback that was attempted last; null if there was none.</summary>
    public LinkCallback? Callback { get; init; }

    /// <summary> The description of the archive in the response to the creation, as JSON; null for a record that the application stored itself. </summary>
    public string? Summary { get; init; }

    /// <summary>Digest of the body of the request that created it; null if the request cannot be repeated.</summary>
    public string? BodyDigest { get; init; }
}

/// <summary>A transfer that ended.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Status"><c>completed</c>, <c>partial</c>, <c>failed</c> or <c>range</c>.</param>
/// <param name="Reason">Why it failed, in snake case; null if it did not fail.</param>
/// <param name="Bytes">Bytes of the archive that were sent.</param>
/// <param name="IsWhole">Whether it counts as a download, because the client has received the archive to its end.</param>
internal sealed record LinkTransfer(DateTimeOffset At, string Status, string? Reason, long Bytes, bool IsWhole);

/// <summary>The state of a callback after an attempt.</summary>
/// <param name="State"><c>delivered</c>, <c>retrying</c> or <c>undeliverable</c>.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="LastAnswer">The response to the last attempt, or the cause of its failure.</param>
internal sealed record LinkCallback(string State, int Attempts, string? LastAnswer);

/// <summary>The state of a link, as the look-up of its record returns it.</summary>
/// <param name="IsRevoked">Whether it is revoked.</param>
public readonly record struct LinkState(bool IsRevoked)
{
    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }
}
