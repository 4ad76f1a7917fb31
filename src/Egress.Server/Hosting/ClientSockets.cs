using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Egress.Server.Hosting;

/// <summary>How the sockets of clients are used: one download is a long row of large writes.</summary>
internal static class ClientSockets
{
    /// <summary>Bytes that wait in the kernel to be sent, at most and beside what is on its way: the kernel itself would take up to 4 MiB of a
    /// client that is slow.</summary>
    private const int MostUnsent = 256 << 10;

    // netinet/tcp.h
    private const int ProtocolTcp = 6;
    private const int NotSentLowWater = 25;

    public static void Configure(SocketTransportOptions options)
    {
        // Whoever has produced bytes sends them, instead of waking another thread for every piece, which nearly doubles the processor time of a
        // stored archive. Nothing that a request does waits on a thread for another request, and downloads leave turns to others.
        options.UnsafePreferInlineScheduling = true;
        options.CreateBoundListenSocket = Listen;
    }

    /// <summary>Accepted sockets inherit the bound. Unlike a send buffer of fixed size, it leaves the kernel free to fill a long, fast line.</summary>
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
