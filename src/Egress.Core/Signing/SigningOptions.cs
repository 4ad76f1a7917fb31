namespace Egress.Signing;

/// <summary>The options for signing and verifying links.</summary>
public sealed record SigningOptions
{
    /// <summary>Whether a link without a signature is refused.</summary>
    public bool Enforce { get; init; }

    /// <summary>
    /// The signing secret, or several separated by commas; null for none. The first one signs new links. Links are verified with each of them, and
    /// with the whole text.
    /// </summary>
    public string? Secret { get; init; }

    /// <summary>Whether a link without an expiry is refused.</summary>
    public bool RequireExpiry { get; init; }

    /// <summary>The largest time from now until the expiry of a link; zero is unlimited.</summary>
    public TimeSpan MaxLinkLifetime { get; init; }

    /// <summary>The lifetime of links that are created without an expiry; zero is unlimited.</summary>
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long after its expiry a signed link may still resume a download that began before the expiry.</summary>
    public TimeSpan ResumeGrace { get; init; }

    /// <summary>The public URL with which links are printed, without a trailing slash; null if not set.</summary>
    public Uri? PublicUrl { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(SigningOptions)} {{ {nameof(Enforce)} = {Enforce} }}";
}
