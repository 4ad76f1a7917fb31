namespace Egress.Signing;

/// <summary>What came out when a link was verified.</summary>
public enum LinkVerdict
{
    /// <summary>The link may be used.</summary>
    Valid,

    /// <summary>Signatures are enforced, and there is none.</summary>
    SignatureMissing,

    /// <summary>The signature belongs to no secret, id and expiry of ours.</summary>
    SignatureWrong,

    /// <summary>There is a signature, but no secret to check it with.</summary>
    SignatureWithoutSecret,

    /// <summary>An expiry is required, and there is none.</summary>
    ExpiryMissing,

    /// <summary>The expiry is no whole number, or beyond 64 bits.</summary>
    ExpiryMalformed,

    /// <summary>The expiry is further away than <see cref="SigningOptions.MaxLinkLifetime"/>.</summary>
    ExpiryTooFar,

    /// <summary>The signature holds (or none is needed), but the time is over.</summary>
    Expired,
}

/// <summary>A verdict, and the expiry it was reached with.</summary>
/// <param name="Verdict">Whether the link may be used, and if not, why.</param>
/// <param name="ExpiresAt">Last second of the link as Unix time; null when it has no expiry, or none that could be read.</param>
public readonly record struct LinkVerification(LinkVerdict Verdict, long? ExpiresAt);
