using System.Net;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>The connections to a remote storage.</summary>
internal static class RemoteHttp
{
    /// <summary>A client without time limits, redirects, cookies or decompression: objects are read as they are stored.</summary>
    /// <param name="trust">Checks certificates; null checks them against the authorities of the system.</param>
    public static HttpClient CreateClient(CertificateTrust? trust = null) =>
        new(CreateHandler(trust), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };

    private static SocketsHttpHandler CreateHandler(CertificateTrust? trust) => new()
    {
        SslOptions = { RemoteCertificateValidationCallback = trust is null ? null : trust.Check },
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // No limit of connections: the number of downloads and their memory limit it.
        MaxConnectionsPerServer = int.MaxValue,
        // The addresses of storage services change every few minutes.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // Closes the connection of an abandoned body instead of reading the body to its end.
        MaxResponseDrainSize = 64 << 10,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
    };
}
