using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Egress.TestKit;

/// <summary>Picks loopback ports for servers that cannot choose a free port themselves.</summary>
public static class FreePort
{
    // Below the range that Linux, macOS and Windows take the ports of outgoing connections from: a server that is stopped finds its port
    // free when it starts again.
    private const int First = 12_000;
    private const int Last = 31_999;

    private static readonly ConcurrentDictionary<int, bool> Taken = [];

    /// <summary>A port that has no listener now and that this process does not return again.</summary>
    public static int Next()
    {
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            int port = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (Taken.TryAdd(port, true) && CanBind(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port found between {First} and {Last}.");
    }

    private static bool CanBind(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
