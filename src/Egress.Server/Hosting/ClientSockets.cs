using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Egress.Server.Hosting;

/// <summary>Configures client sockets for long sequences of large writes.</summary>
internal static class ClientSockets
{
    /// <summary>
    /// The limit of bytes in the kernel that were not sent yet, in addition to those that were sent and not acknowledged. The default of the kernel
    /// is up to 4 MiB for a slow client.
    /// </summary>
    private const int MostUnsent = 256 << 10;

    // netinet/tcp.h
    private const int ProtocolTcp = 6;
    private const int NotSentLowWater = 25;

    /// <summary>Configures the scheduling and the buffers of the transport.</summary>
    /// <param name="options">Options of the transport.</param>
    public static void Configure(SocketTransportOptions options)
    {
        // The thread that produced bytes also sends them (docs/decisions/0004-sending-on-the-producing-thread.md).
        options.UnsafePreferInlineScheduling = true;
        options.CreateBoundListenSocket = Listen;
    }

    /// <summary>
    /// Creates the listening socket with the limit, which accepted sockets inherit. Unlike a send buffer of fixed size, the limit does not slow down
    /// fast connections with a long round trip.
    /// </summary>
    private static Socket Listen(EndPoint address)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(ProtocolTcp, NotSentLowWater, BitConverter.GetBytes(MostUnsent));
        }

        return socket;
    }
}
