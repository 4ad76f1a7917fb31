using System.Net;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Creates the HTTP clients for remote storages.</summary>
internal static class RemoteHttp
{
    /// <summary>Creates a client without time limits, redirects, cookies or decompression, so that objects are read as they are stored.</summary>
    /// <param name="trust">The certificates that are trusted; null for the authorities of the system.</param>
    public static HttpClient CreateClient(CertificateTrust? trust = null) =>
        new(CreateHandler(trust), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };

    private static SocketsHttpHandler CreateHandler(CertificateTrust? trust) => new()
    {
        SslOptions = { RemoteCertificateValidationCallback = trust is null ? null : trust.Check },
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // No limit here: the limits on downloads and their memory also limit the connections.
        MaxConnectionsPerServer = int.MaxValue,
        // Connections are renewed, because the IP addresses of storage services change every few minutes.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // The connection of an abandoned response is closed, unless the rest of the body is short.
        MaxResponseDrainSize = 64 << 10,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
    };
}
