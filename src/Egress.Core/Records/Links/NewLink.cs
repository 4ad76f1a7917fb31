namespace Egress.Records.Links;

/// <summary>A link to be created.</summary>
/// <param name="Record">The record.</param>
/// <param name="CreatedBy">Name of the key.</param>
internal sealed record NewLink(DownloadRecord Record, string CreatedBy)
{
    /// <summary>When the link expires; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How many downloads the link allows; null for any number.</summary>
    public long? MaxDownloads { get; init; }

    /// <summary>What the answer says of the archive, as JSON.</summary>
    public required string Summary { get; init; }

    /// <summary>Digest (64 hexadecimal digits) of the key by which the request can be repeated, and of who sent it; null when it cannot.</summary>
    public string? RepetitionKey { get; init; }

    /// <summary>Digest (64 hexadecimal digits) of the body.</summary>
    public string? BodyDigest { get; init; }
}

/// <summary>The result of a creation.</summary>
/// <param name="Created">The new link; null when none was created.</param>
/// <param name="Repeated">The link that a request with the same repetition key created before; null when there is none, and the id exists.</param>
internal readonly record struct LinkCreation(LinkEntry? Created, LinkEntry? Repeated)
{
    /// <summary>The id exists already, as a record or as a link.</summary>
    public static LinkCreation IdExists => default;

    /// <summary>A new link.</summary>
    public static LinkCreation Of(LinkEntry created) => new(created, null);

    /// <summary>An earlier request had the same repetition key.</summary>
    public static LinkCreation RepetitionOf(LinkEntry earlier) => new(null, earlier);
}
