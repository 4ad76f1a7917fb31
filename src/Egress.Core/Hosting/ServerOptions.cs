using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>Options of the plain server.</summary>
public sealed record ServerOptions
{
    /// <summary>TCP port; zero for a free port.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Folder of the embedded database and of other files that the plain server creates.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>How long active downloads may continue after the signal to stop; zero aborts them immediately.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The lowest level of messages that are logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The certificate for HTTPS; null to serve plain HTTP.</summary>
    public TlsFiles? Tls { get; init; }
}

/// <summary>A certificate and its key.</summary>
/// <param name="CertificateFile">Path of the certificate chain, PEM.</param>
/// <param name="KeyFile">Path of the private key, PEM.</param>
public sealed record TlsFiles(string CertificateFile, string KeyFile);
