using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Sends requests as raw bytes, for requests that HTTP client libraries do not send.</summary>
internal static class RawRequest
{
    /// <summary>Sends a request, and returns everything that the server sends until it closes the connection.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="text">The request.</param>
    /// <param name="closeSending">Whether to close the sending side (FIN) right after the request.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public static async Task<byte[]> SendAsync(int port, string text, bool closeSending, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        if (closeSending)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, cancellationToken);
        return answer.ToArray();
    }

    /// <summary>Splits a response at the end of its head.</summary>
    public static (string Head, byte[] Body) Split(byte[] answer)
    {
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        return (Encoding.ASCII.GetString(answer, 0, end), answer[(end + 4)..]);
    }
}
