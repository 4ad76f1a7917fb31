namespace Egress.Signing;

/// <summary>What a link has to prove.</summary>
public sealed record SigningOptions
{
    /// <summary>Whether a link without a signature is refused.</summary>
    public bool Enforce { get; init; }

    /// <summary>The secret, or several separated by commas: the first one signs; all of them verify, and so does the whole text. Null for none.</summary>
    public string? Secret { get; init; }

    /// <summary>Whether a link without an expiry is refused.</summary>
    public bool RequireExpiry { get; init; }

    /// <summary>How far in the future an expiry may be; zero is unlimited.</summary>
    public TimeSpan MaxLinkLifetime { get; init; }

    /// <summary>Expiry of links that are made without one.</summary>
    public TimeSpan LinkLifetime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long after its expiry a signed link may still finish a download that began before.</summary>
    public TimeSpan ResumeGrace { get; init; }

    /// <summary>Base of the links that are printed, without a trailing slash; null when not set.</summary>
    public Uri? PublicUrl { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(SigningOptions)} {{ {nameof(Enforce)} = {Enforce} }}";
}
