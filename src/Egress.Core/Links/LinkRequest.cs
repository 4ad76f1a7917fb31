using Egress.Links.Keys;
using Egress.Records;
using Egress.Records.Links;

namespace Egress.Links;

/// <summary>A request for a new link, parsed and checked as far as possible without the storage and the database.</summary>
/// <param name="Record">The record.</param>
/// <param name="ExpiresAt">When the link expires; null for never.</param>
/// <param name="Key">The key of the caller.</param>
internal sealed record LinkRequest(DownloadRecord Record, DateTimeOffset? ExpiresAt, ApiKey Key)
{
    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }

    /// <summary>Whether the objects are looked up before the link is stored.</summary>
    public bool Check { get; init; } = true;

    /// <summary>Digest of the idempotency key and of the sender; null if the request cannot be repeated.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Digest of the body of the request; null if the request cannot be repeated.</summary>
    public string? BodyDigest { get; init; }
}

/// <summary>The result of creating a link: the link, or the reason why it was refused.</summary>
internal abstract record LinkResult
{
    private LinkResult()
    {
    }

    /// <summary>The link was created, now or by an earlier request with the same idempotency key.</summary>
    /// <param name="Entry">The stored link.</param>
    /// <param name="Summary">The summary of the archive.</param>
    /// <param name="IsRepeated">Whether an earlier request created it.</param>
    internal sealed record Created(LinkEntry Entry, LinkSummary Summary, bool IsRepeated) : LinkResult;

    /// <summary>The request is refused, because some of its fields cannot be used.</summary>
    internal sealed record Invalid(IReadOnlyList<FieldError> Errors) : LinkResult;

    /// <summary>The key may not create links to an object.</summary>
    internal sealed record OutOfScope(FieldError Error) : LinkResult;

    /// <summary>A record or link with the requested id already exists.</summary>
    internal sealed record IdExists : LinkResult;

    /// <summary>An earlier request with the same idempotency key had another body.</summary>
    internal sealed record RepetitionDiffers : LinkResult;

    /// <summary>A backend failed.</summary>
    internal sealed record Refused(Downloads.Rejection Rejection) : LinkResult;
}
