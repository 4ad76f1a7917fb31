namespace Egress.Signing;

/// <summary>The result of verifying a link.</summary>
public enum LinkVerdict
{
    /// <summary>The link may be used.</summary>
    Valid,

    /// <summary>Signatures are enforced, and the link has none.</summary>
    SignatureMissing,

    /// <summary>The signature was not made from the id and the expiry with any of the secrets.</summary>
    SignatureWrong,

    /// <summary>The link has a signature, but there is no secret to verify it with.</summary>
    SignatureWithoutSecret,

    /// <summary>The id contains <c>|</c> where the signed text <c>id|expiry</c> could be read in two ways.</summary>
    IdAmbiguous,

    /// <summary>An expiry is required, and the link has none.</summary>
    ExpiryMissing,

    /// <summary>The expiry is not a whole number, or does not fit into 64 bits.</summary>
    ExpiryMalformed,

    /// <summary>The expiry is so large that it is probably in milliseconds and not in seconds.</summary>
    ExpiryInMilliseconds,

    /// <summary>The expiry is later than <see cref="SigningOptions.MaxLinkLifetime"/> allows.</summary>
    ExpiryTooFar,

    /// <summary>The signature is valid (or none is needed), but the expiry has passed.</summary>
    Expired,
}

/// <summary>A verdict, and the expiry that was verified.</summary>
/// <param name="Verdict">Whether the link may be used, or why not.</param>
/// <param name="ExpiresAt">The last second in which the link works, as Unix time; null if the link has no readable expiry.</param>
public readonly record struct LinkVerification(LinkVerdict Verdict, long? ExpiresAt);
