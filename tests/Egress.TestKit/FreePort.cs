using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Egress.TestKit;

/// <summary>Chooses loopback ports for servers that cannot choose a free port themselves.</summary>
public static class FreePort
{
    // The first port of the range. The range is below the one from which Linux, macOS and Windows take the ports of outgoing connections, so that a
    // stopped server still finds its port free when it starts again.
    private const int First = 12_000;
    private const int Last = 31_999;

    /// <summary>A locked file for each port in use, so that parallel test runs do not start servers on the same port.</summary>
    private static readonly ConcurrentDictionary<int, FileStream> Taken = [];

    private static readonly string Locks =
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"egress-test-ports-{Environment.UserName}")).FullName;

    /// <summary>Returns a port that no server uses. Neither this process nor a parallel test run gets it again while this process runs.</summary>
    public static int Next()
    {
        for (int attempt = 0; attempt < 1000; attempt++)
        {
            int port = RandomNumberGenerator.GetInt32(First, Last + 1);
            if (TryLock(port) is { } held)
            {
                // A port in use stays locked, because it may belong to a server that is restarting.
                Taken[port] = held;
                if (CanBind(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port found between {First} and {Last}.");
    }

    private static FileStream? TryLock(int port)
    {
        try
        {
            return new FileStream(Path.Combine(Locks, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null; // this or another process has locked the port
        }
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
