using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Egress.Hosting;
using Egress.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Egress.Server.Hosting;

/// <summary>
/// The certificate of <c>TLS_CERT_FILE</c> with its whole chain. The files are read again when a client connects, at most once every
/// <see cref="CheckInterval"/>. New connections use a renewed certificate. If the new files are invalid, the previous certificate stays in use.
/// </summary>
internal sealed partial class TlsCertificate
{
    /// <summary>The shortest time between two readings of the files.</summary>
    internal static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly TlsFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger<TlsCertificate> _logger;
    private volatile Loaded _current;
    private long _checkedAt;

    /// <summary>Reads the files for the first time.</summary>
    /// <param name="files">The paths of the certificate and the key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs new certificates.</param>
    /// <exception cref="SettingsException">The files cannot be used.</exception>
    public TlsCertificate(TlsFiles files, TimeProvider time, ILogger<TlsCertificate> logger)
    {
        (_files, _time, _logger) = (files, time, logger);
        _checkedAt = time.GetTimestamp();
        try
        {
            _current = Load(File.ReadAllText(files.CertificateFile), File.ReadAllText(files.KeyFile));
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            throw new SettingsException([$"TLS_CERT_FILE {files.CertificateFile} and TLS_KEY_FILE {files.KeyFile} cannot be used: {failure.Message} "
                + "Allowed: a PEM file with the certificate and its issuers, and a PEM file with its private key, not encrypted"]);
        }
    }

    /// <summary>The TLS options for the next handshake.</summary>
    public TlsHandshakeCallbackOptions Options => new()
    {
        OnConnection = async context =>
        {
            await ReloadWhenDueAsync(context.CancellationToken);
            return new SslServerAuthenticationOptions { ServerCertificateContext = _current.Chain };
        },
    };

    /// <summary>The certificate in use, with its chain.</summary>
    internal SslStreamCertificateContext Current => _current.Chain;

    /// <summary>Reads the files again, unless they were read within the last <see cref="CheckInterval"/>.</summary>
    internal async Task ReloadWhenDueAsync(CancellationToken cancellationToken)
    {
        var (now, before) = (_time.GetTimestamp(), Interlocked.Read(ref _checkedAt));
        if (_time.GetElapsedTime(before, now) < CheckInterval || Interlocked.CompareExchange(ref _checkedAt, now, before) != before)
        {
            return;
        }

        try
        {
            var certificate = await File.ReadAllTextAsync(_files.CertificateFile, cancellationToken);
            var key = await File.ReadAllTextAsync(_files.KeyFile, cancellationToken);
            if (certificate != _current.CertificateText || key != _current.KeyText)
            {
                _current = Load(certificate, key);
                Reloaded(_current.Chain.TargetCertificate.NotAfter.ToUniversalTime());
            }
        }
        catch (Exception failure) when (IsUnusable(failure))
        {
            // A tool may have written the certificate but not yet the key. The next check finds both.
            NotReloaded(_files.CertificateFile, failure.Message);
        }
    }

    private static bool IsUnusable(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException;

    private static Loaded Load(string certificate, string key)
    {
        var issuers = new X509Certificate2Collection();
        issuers.ImportFromPem(certificate);
        issuers.RemoveAt(0);
        var leaf = X509Certificate2.CreateFromPem(certificate, key);

        // The chain is built offline: issuers that are missing in the file are not downloaded from the URLs in the certificates.
        return new Loaded(certificate, key, SslStreamCertificateContext.Create(leaf, issuers, offline: true));
    }

    [LoggerMessage(6010, LogLevel.Information, "The certificate was read again; it expires at {NotAfter:u}")]
    private partial void Reloaded(DateTime notAfter);

    [LoggerMessage(6011, LogLevel.Warning, "The certificate {File} cannot be read again, so the previous one stays in use: {Cause}")]
    private partial void NotReloaded(string file, string cause);

    private sealed record Loaded(string CertificateText, string KeyText, SslStreamCertificateContext Chain);
}
