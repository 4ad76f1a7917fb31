using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Signing;

/// <summary>Creates and verifies signed links. Safe for concurrent use.</summary>
/// <param name="options">The secrets and the requirements for links.</param>
public sealed class LinkSigner(SigningOptions options)
{
    /// <summary>The smallest expiry that is reported as being in milliseconds. In seconds it is in the year 5138.</summary>
    internal const long FirstInMilliseconds = 100_000_000_000;

    private readonly byte[][] _secrets = Secrets(options.Secret);

    /// <summary>Whether a secret is configured, so that links can be signed.</summary>
    public bool CanSign => _secrets.Length > 0;

    /// <summary>Returns the signature of an id and an expiry, made with the first secret.</summary>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The expiry exactly as it is written in the link; null or empty for none.</param>
    /// <returns>HMAC-SHA256 in lower-case hex.</returns>
    /// <exception cref="InvalidOperationException">There is no secret.</exception>
    public string Sign(string id, string? expiry) =>
        CanSign
            ? Convert.ToHexStringLower(HMACSHA256.HashData(_secrets[0], Payload(id, expiry)))
            : throw new InvalidOperationException("No signing secret is set.");

    /// <summary>Returns why no link can be created for an id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>One sentence for the operator; null if a link can be created.</returns>
    public string? Refuse(string id) => LinkId.Refuse(id, CanSign);

    /// <summary>Verifies the signature of a link, and then its expiry.</summary>
    /// <remarks>The signed text is <c>id</c> or <c>id|expiry</c>. So the signature of the id <c>a</c> with an expiry is also that of the id
    /// <c>a|expiry</c> without one, which must never be accepted: it would not expire.</remarks>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The value of <c>expiry</c>, decoded; null or empty if absent.</param>
    /// <param name="signature">The value of <c>signature</c>; null or empty if absent.</param>
    /// <param name="now">The current time.</param>
    public LinkVerification Verify(string id, string? expiry, string? signature, DateTimeOffset now)
    {
        if (id.Contains('|') && (options.RequireExpiry || (string.IsNullOrEmpty(expiry) && !string.IsNullOrEmpty(signature))))
        {
            return new(LinkVerdict.IdAmbiguous, null);
        }

        var verdict = VerifySignature(id, expiry, signature);
        return verdict == LinkVerdict.Valid ? VerifyExpiry(expiry, now.ToUnixTimeSeconds()) : new(verdict, null);
    }

    /// <summary>Explains why a signature does not match, for logs and the command line.</summary>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The value of <c>expiry</c>, decoded; null or empty if absent.</param>
    /// <param name="signature">The signature that does not match.</param>
    internal string Explain(string id, string? expiry, string signature) =>
        CanSign ? LinkDiagnosis.Explain(_secrets, id, expiry, signature) : "the link is signed, but no SIGNING_SECRET is set";

    /// <summary>Whether an expired link may still resume a download. It must be signed, and the grace period after its expiry must not be over.</summary>
    /// <param name="link">The result of <see cref="Verify"/>.</param>
    /// <param name="signature">The value of <c>signature</c>; null or empty if absent.</param>
    /// <param name="now">The current time.</param>
    public bool IsInResumeGrace(LinkVerification link, string? signature, DateTimeOffset now) =>
        link is { Verdict: LinkVerdict.Expired, ExpiresAt: { } expiresAt }
        && !string.IsNullOrEmpty(signature)
        && options.ResumeGrace > TimeSpan.Zero
        && expiresAt >= now.ToUnixTimeSeconds() - (long)options.ResumeGrace.TotalSeconds;

    /// <summary>Builds the link to a record's archive. Signs it if there is a secret.</summary>
    /// <param name="baseUrl">The public URL of Egress, with or without a path and a trailing slash.</param>
    /// <param name="id">The record's id.</param>
    /// <param name="expiry">The expiry of the link (truncated to the second); null for a link that never expires.</param>
    /// <exception cref="ArgumentException">No link can be created for the id (<see cref="Refuse"/>).</exception>
    public string CreateLink(Uri baseUrl, string id, DateTimeOffset? expiry)
    {
        if (Refuse(id) is { } refusal)
        {
            throw new ArgumentException(refusal, nameof(id));
        }

        // The path starts with "download/" to separate ids from other routes, because a record may have the id "health".
        var link = new StringBuilder(baseUrl.AbsoluteUri.TrimEnd('/')).Append("/download/").Append(LinkId.ToSegment(id));
        var seconds = expiry?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        if (seconds is not null)
        {
            link.Append("?expiry=").Append(seconds);
        }

        if (CanSign)
        {
            link.Append(seconds is null ? '?' : '&').Append("signature=").Append(Sign(id, seconds));
        }

        return link.ToString();
    }

    /// <summary>
    /// Returns the expiry of a link that is created without one: <see cref="SigningOptions.LinkLifetime"/> from now, but at most
    /// <see cref="SigningOptions.MaxLinkLifetime"/>; null if the link never expires.
    /// </summary>
    /// <param name="now">The time of the creation.</param>
    public DateTimeOffset? DefaultExpiry(DateTimeOffset now)
    {
        var (lifetime, limit) = (options.LinkLifetime, options.MaxLinkLifetime);
        if (limit > TimeSpan.Zero && (lifetime == TimeSpan.Zero || lifetime > limit))
        {
            lifetime = limit;
        }

        return lifetime == TimeSpan.Zero ? null : now + lifetime;
    }

    private LinkVerdict VerifySignature(string id, string? expiry, string? signature)
    {
        if (string.IsNullOrEmpty(signature))
        {
            return options.Enforce ? LinkVerdict.SignatureMissing : LinkVerdict.Valid;
        }

        if (!CanSign)
        {
            return LinkVerdict.SignatureWithoutSecret;
        }

        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (signature.Length != 2 * given.Length || Convert.FromHexString(signature, given, out _, out _) != OperationStatus.Done)
        {
            return LinkVerdict.SignatureWrong;
        }

        // All secrets are tried even after a match, so that the time does not depend on which one matches.
        var payload = Payload(id, expiry);
        var matches = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in _secrets)
        {
            HMACSHA256.HashData(secret, payload, expected);
            matches |= CryptographicOperations.FixedTimeEquals(expected, given);
        }

        return matches ? LinkVerdict.Valid : LinkVerdict.SignatureWrong;
    }

    private LinkVerification VerifyExpiry(string? expiry, long now)
    {
        if (string.IsNullOrEmpty(expiry))
        {
            return new(options.RequireExpiry ? LinkVerdict.ExpiryMissing : LinkVerdict.Valid, null);
        }

        // Trailing NUL characters are refused here, because the parser of .NET ignores them.
        if (!long.TryParse(expiry, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var expiresAt) || expiry.Contains('\0'))
        {
            return new(LinkVerdict.ExpiryMalformed, null);
        }

        if (now > expiresAt)
        {
            return new(LinkVerdict.Expired, expiresAt);
        }

        var tooFar = options.MaxLinkLifetime > TimeSpan.Zero && expiresAt > now + (long)Math.Ceiling(options.MaxLinkLifetime.TotalSeconds);
        return new(
            tooFar ? LinkVerdict.ExpiryTooFar : expiresAt >= FirstInMilliseconds ? LinkVerdict.ExpiryInMilliseconds : LinkVerdict.Valid, expiresAt);
    }

    private static byte[] Payload(string id, string? expiry) =>
        Encoding.UTF8.GetBytes(string.IsNullOrEmpty(expiry) ? id : $"{id}|{expiry}");

    private static byte[][] Secrets(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        // The whole text is also tried as a secret, because a secret that was set before lists were supported may contain commas.
        var listed = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. listed.Append(text).Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];
    }
}
