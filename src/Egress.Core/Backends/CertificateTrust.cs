using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Egress.Backends;

/// <summary>
/// Checks server certificates against the certificate authorities of the operating system and those that a setting adds (<c>CALLBACK_CA_FILE</c>,
/// <c>S3_CA_FILE</c>). Names the reason if it refuses one.
/// </summary>
/// <param name="authorities">The certificates of the added authorities; empty for none.</param>
/// <param name="setting">The name of the setting, for messages.</param>
internal sealed class CertificateTrust(X509Certificate2Collection authorities, string setting)
{
    /// <summary>The extended key usage that a server certificate must have (RFC 5280 §4.2.1.12).</summary>
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Reads the certificates of the authorities in a PEM file.</summary>
    /// <exception cref="CryptographicException">The file contains no certificate, or an unreadable one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be read.</exception>
    public static X509Certificate2Collection Load(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("no certificate in PEM format");
    }

    /// <summary>Returns why a PEM file cannot be used; null if it can.</summary>
    public static string? WhyUnusable(string path)
    {
        try
        {
            Load(path);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return failure.Message;
        }
    }

    /// <summary>Checks a server certificate, as a <see cref="SslClientAuthenticationOptions.RemoteCertificateValidationCallback"/>.</summary>
    /// <exception cref="CertificateRefusedException">The certificate is not trusted; the message names the reason.</exception>
    public bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var refusal = errors == SslPolicyErrors.None ? null : WhyRefused((sender as SslStream)?.TargetHostName, certificate, chain, errors);
        if (refusal is not null)
        {
            throw new CertificateRefusedException(refusal);
        }

        return refusal is null;
    }

    private string? WhyRefused(string? host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return "the server presented no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the certificate is for {leaf.GetNameInfo(X509NameType.DnsName, forIssuer: false)}, not for {host}";
        }

        using var own = new X509Chain();
        if (authorities.Count == 0)
        {
            return Describe(leaf, chain);
        }

        return IsTrustedBy(own, leaf, chain) ? null : Describe(leaf, own);
    }

    private bool IsTrustedBy(X509Chain own, X509Certificate2 leaf, X509Chain? presented)
    {
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        own.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // SocketsHttpHandler does not check revocation by default either
        if (presented is not null)
        {
            own.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);
        }

        return own.Build(leaf);
    }

    private string Describe(X509Certificate2 leaf, X509Chain? chain)
    {
        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid) && chain!.ChainElements.FirstOrDefault(IsOutOfTime)?.Certificate is { } expired)
        {
            return $"the certificate {expired.Subject} is valid only from {expired.NotBefore.ToUniversalTime():u} to {expired.NotAfter.ToUniversalTime():u}";
        }

        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            return leaf.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData)
                ? $"the certificate is self-signed ({setting})"
                : $"the issuer of the certificate is not trusted: {leaf.Issuer} ({setting})";
        }

        return $"the certificate is not valid: {status}";
    }

    private static bool IsOutOfTime(X509ChainElement element) => element.ChainElementStatus.Any(static one => one.Status.HasFlag(X509ChainStatusFlags.NotTimeValid));
}

/// <summary>The certificate of a server is not trusted.</summary>
/// <param name="message">The reason, for operators.</param>
internal sealed class CertificateRefusedException(string message) : Exception(message);
