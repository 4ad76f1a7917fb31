using System.Net;
using System.Net.Sockets;
using Egress.Backends;

namespace Egress.Callbacks.Network;

/// <summary>Builds the client that sends callbacks.</summary>
internal static class CallbackHttp
{
    /// <param name="options">Whether private networks may be called, and further certificate authorities.</param>
    /// <param name="resolve">Null for the system's resolver.</param>
    /// <param name="connect">Null for a real connection.</param>
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
            ActivityHeadersPropagator = null, // the sender names its own span, which is exported
            MaxResponseHeadersLength = 32, // KiB
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = trust.Check;
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan }; // the sender's limit is CALLBACK_TIMEOUT
    }

    private static ValueTask ConnectAsync(Socket socket, IPAddress[] addresses, int port, CancellationToken cancellationToken) =>
        socket.ConnectAsync(addresses, port, cancellationToken);
}
