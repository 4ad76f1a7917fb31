namespace Egress.Signing;

/// <summary>The requirements for links.</summary>
public sealed record SigningOptions
{
    /// <summary>Whether a link without a signature is refused.</summary>
    public bool Enforce { get; init; }

    /// <summary>
    /// The secret, or several separated by commas: the first one signs; all of them and the whole text are used to verify. Null for none.
    /// </summary>
    public string? Secret { get; init; }

    /// <summary>Whether a link without an expiry is refused.</summary>
    public bool RequireExpiry { get; init; }

    /// <summary>The longest time until an expiry; zero is unlimited.</summary>
    public TimeSpan MaxLinkLifetime { get; init; }

    /// <summary>Lifetime of links that are created without an expiry.</summary>
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long after its expiry a signed link may still finish a download that began before.</summary>
    public TimeSpan ResumeGrace { get; init; }

    /// <summary>Base of printed links, without a trailing slash; null if not set.</summary>
    public Uri? PublicUrl { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(SigningOptions)} {{ {nameof(Enforce)} = {Enforce} }}";
}
