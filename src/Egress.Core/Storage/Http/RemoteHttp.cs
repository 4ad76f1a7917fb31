using System.Net;

namespace Egress.Storage.Http;

/// <summary>The connections to a remote storage.</summary>
internal static class RemoteHttp
{
    /// <summary>A client without time limits, redirects, cookies or decompression: the bytes of an object are what is stored.</summary>
    public static HttpClient CreateClient() => new(CreateHandler(), disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // As many as the downloads open; their number is limited where their memory is.
        MaxConnectionsPerServer = int.MaxValue,
        // Names of storage services resolve to other addresses every few minutes.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // A body that is given up is closed, not read to its end to save the connection.
        MaxResponseDrainSize = 64 << 10,
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(500),
    };
}
