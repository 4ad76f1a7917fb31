namespace Egress.Records.Links;

/// <summary>A link to be created.</summary>
/// <param name="Record">The record.</param>
/// <param name="CreatedBy">Name of the API key that creates the link.</param>
internal sealed record NewLink(DownloadRecord Record, string CreatedBy)
{
    /// <summary>When the link expires; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }

    /// <summary>The description of the archive in the response to the creation, as JSON.</summary>
    public required string Summary { get; init; }

    /// <summary>Digest (64 hexadecimal digits) of the idempotency key and of the sender; null if the request cannot be repeated.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Digest (64 hexadecimal digits) of the body.</summary>
    public string? BodyDigest { get; init; }
}

/// <summary>The result of creating a link.</summary>
/// <param name="Created">The new link; null if none was created.</param>
/// <param name="Repeated">The link that a request with the same idempotency key created before; null if there is none.</param>
internal readonly record struct LinkCreation(LinkEntry? Created, LinkEntry? Repeated)
{
    /// <summary>The result if the id already exists, as a record or as a link.</summary>
    public static LinkCreation IdExists => default;

    /// <summary>Returns the result with a new link.</summary>
    public static LinkCreation Of(LinkEntry created) => new(created, null);

    /// <summary>An earlier request had the same idempotency key.</summary>
    public static LinkCreation RepetitionOf(LinkEntry earlier) => new(null, earlier);
}
