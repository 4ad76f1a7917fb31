namespace Egress.Records.Links;

/// <summary>What Egress knows of one link. Times have milliseconds.</summary>
/// <param name="Id">Id of the record, as the store prints it.</param>
/// <param name="CreatedAt">When Egress created the link; for a record of the application, when Egress first knew of it.</param>
internal sealed record LinkEntry(string Id, DateTimeOffset CreatedAt)
{
    /// <summary>Name of the key that created it; null for a record that the application stored itself.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When the link expires, in whole seconds; null for never, or when it is not known.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked; null while it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Name of the key that revoked it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }

    /// <summary>Downloads that were sent to their end.</summary>
    public long DownloadsUsed { get; init; }

    /// <summary>Bytes of the archive that were sent in all transfers.</summary>
    public long BytesDelivered { get; init; }

    /// <summary>The transfer that ended last; null when there was none.</summary>
    public LinkTransfer? LastTransfer { get; init; }

    /// <summary>The callback that was attempted last; null when there was none.</summary>
    public LinkCallback? Callback { get; init; }

    /// <summary>What the answer to the creation said about the archive, as JSON; null for a record that the application stored itself.</summary>
    public string? Summary { get; init; }

    /// <summary>Digest of the body of the request that created it; null unless the request can be repeated.</summary>
    public string? BodyDigest { get; init; }
}

/// <summary>A transfer that ended.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Status"><c>completed</c>, <c>partial</c>, <c>failed</c> or <c>range</c>.</param>
/// <param name="Reason">Why it failed, in snake case; null unless it did.</param>
/// <param name="Bytes">Bytes of the archive that were sent.</param>
/// <param name="IsWhole">Whether it counts as a download: the client has the archive to its end.</param>
internal sealed record LinkTransfer(DateTimeOffset At, string Status, string? Reason, long Bytes, bool IsWhole);

/// <summary>The state of a callback after an attempt.</summary>
/// <param name="State"><c>delivered</c>, <c>retrying</c> or <c>undeliverable</c>.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="LastAnswer">The answer to the last one, or the cause of its failure.</param>
internal sealed record LinkCallback(string State, int Attempts, string? LastAnswer);

/// <summary>The state of a link, as the look-up of its record finds it.</summary>
/// <param name="IsRevoked">Whether it is revoked.</param>
public readonly record struct LinkState(bool IsRevoked)
{
    /// <summary>How many downloads it allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }
}
