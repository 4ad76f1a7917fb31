using System.Net;
using System.Net.Sockets;
using Egress.Backends;

namespace Egress.Callbacks.Network;

/// <summary>Builds the HTTP client that sends callbacks.</summary>
internal static class CallbackHttp
{
    /// <param name="options">Whether private networks may be called, and further certificate authorities.</param>
    /// <param name="resolve">Resolves host names; null for the system's resolver.</param>
    /// <param name="connect">Connects sockets; null for real connections.</param>
    public static HttpClient CreateClient(CallbackOptions options, ResolveHost? resolve = null, ConnectSocket? connect = null)
    {
        var connector = new GuardedConnector(options.AllowPrivateNetworks, resolve ?? Dns.GetHostAddressesAsync, connect ?? ConnectAsync);
        var trust = new CertificateTrust(options.CertificateAuthorities is { } file ? CertificateTrust.Load(file) : [], "CALLBACK_CA_FILE");
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = connector.ConnectAsync,
            AllowAutoRedirect = false,
            UseProxy = false, // a proxy would connect instead of Egress, and bypass the guard
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null, // the sender adds its own trace headers, which name its exported span
            MaxResponseHeadersLength = 32, // KiB
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = trust.Check;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // CallbackSender applies CALLBACK_TIMEOUT itself
    }

    private static ValueTask ConnectAsync(Socket socket, IPAddress[] addresses, int port, CancellationToken cancellationToken) =>
        socket.ConnectAsync(addresses, port, cancellationToken);
}
