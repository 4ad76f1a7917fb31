using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Egress.Signing;

/// <summary>Makes and verifies signed links. Pure, and safe for concurrent use.</summary>
/// <param name="options">The secrets and what a link must prove.</param>
public sealed class LinkSigner(SigningOptions options)
{
    private readonly byte[][] _secrets = Secrets(options.Secret);

    /// <summary>Whether there is a secret to sign with.</summary>
    public bool CanSign => _secrets.Length > 0;

    /// <summary>Signs an id and the text of an expiry with the first secret.</summary>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The expiry exactly as it stands in the link; null or empty for none.</param>
    /// <returns>HMAC-SHA256 in lower-case hex.</returns>
    /// <exception cref="InvalidOperationException">There is no secret.</exception>
    public string Sign(string id, string? expiry) =>
        CanSign
            ? Convert.ToHexStringLower(HMACSHA256.HashData(_secrets[0], Payload(id, expiry)))
            : throw new InvalidOperationException("No signing secret is set.");

    /// <summary>Verifies the parts of a link: the signature first, then the expiry.</summary>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The value of <c>expiry</c>, decoded; null or empty when absent.</param>
    /// <param name="signature">The value of <c>signature</c>; null or empty when absent.</param>
    /// <param name="now">The time to judge by.</param>
    public LinkVerification Verify(string id, string? expiry, string? signature, DateTimeOffset now)
    {
        var verdict = VerifySignature(id, expiry, signature);
        return verdict == LinkVerdict.Valid ? VerifyExpiry(expiry, now.ToUnixTimeSeconds()) : new(verdict, null);
    }

    /// <summary>Says why a signature does not match, for logs and the command line.</summary>
    /// <param name="id">The id, decoded.</param>
    /// <param name="expiry">The value of <c>expiry</c>, decoded; null or empty when absent.</param>
    /// <param name="signature">The signature that does not match.</param>
    internal string Explain(string id, string? expiry, string signature) =>
        CanSign ? LinkDiagnosis.Explain(_secrets, id, expiry, signature) : "the link is signed, but no SIGNING_SECRET is set";

    /// <summary>Whether an expired link may still finish a download: only one that is really signed, and not for long.</summary>
    /// <param name="link">What <see cref="Verify"/> found.</param>
    /// <param name="signature">The value of <c>signature</c>; null or empty when absent.</param>
    /// <param name="now">The time to judge by.</param>
    public bool IsInResumeGrace(LinkVerification link, string? signature, DateTimeOffset now) =>
        link is { Verdict: LinkVerdict.Expired, ExpiresAt: { } expiresAt }
        && !string.IsNullOrEmpty(signature)
        && options.ResumeGrace > TimeSpan.Zero
        && expiresAt >= now.ToUnixTimeSeconds() - (long)options.ResumeGrace.TotalSeconds;

    /// <summary>Builds the link to a record's archive; signed when there is a secret.</summary>
    /// <param name="baseUrl">Where Egress is reached, with or without a path and a trailing slash.</param>
    /// <param name="id">The record's id.</param>
    /// <param name="expiry">Last moment of the link (cut to the second); null for a link that never expires.</param>
    /// <exception cref="ArgumentException">The id cannot stand in a URL.</exception>
    public string CreateLink(Uri baseUrl, string id, DateTimeOffset? expiry)
    {
        // "download/" keeps ids apart from the literal routes: a record may well be called "health".
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

    /// <summary>The expiry of a link that is made without one: as late as lifetime and limit allow, or null for never.</summary>
    /// <param name="now">When the link is made.</param>
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

        // Every secret is tried, whatever the ones before gave: the time taken tells nothing.
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

        // The parser of .NET ignores trailing NUL characters: they make no whole number.
        if (!long.TryParse(expiry, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var expiresAt) || expiry.Contains('\0'))
        {
            return new(LinkVerdict.ExpiryMalformed, null);
        }

        if (now > expiresAt)
        {
            return new(LinkVerdict.Expired, expiresAt);
        }

        var tooFar = options.MaxLinkLifetime > TimeSpan.Zero && expiresAt > now + (long)Math.Ceiling(options.MaxLinkLifetime.TotalSeconds);
        return new(tooFar ? LinkVerdict.ExpiryTooFar : LinkVerdict.Valid, expiresAt);
    }

    private static byte[] Payload(string id, string? expiry) =>
        Encoding.UTF8.GetBytes(string.IsNullOrEmpty(expiry) ? id : $"{id}|{expiry}");

    private static byte[][] Secrets(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return [];
        }

        // The whole text comes last: secrets from before lists were known may contain commas.
        var listed = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. listed.Append(text).Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes)];
    }
}
