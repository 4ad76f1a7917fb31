using System.Net.Sockets;

namespace Egress.TestKit.Network;

/// <summary>Copies bytes from one socket to another, and applies a fault to them.</summary>
internal static class Relay
{
    /// <summary>Copies until the source ends.</summary>
    /// <exception cref="ConnectionCutException">The fault closes the connection.</exception>
    internal static async Task CopyAsync(Stream source, Stream target, Fault? fault, CancellationToken cancellationToken, Action<int>? copied = null)
    {
        byte[] buffer = new byte[64 * 1024];
        long position = 0;
        while (true)
        {
            int wanted = buffer.Length;
            bool met = fault?.Offset == position;
            if (met)
            {
                await fault!.MeetAsync(cancellationToken);
            }
            else if (fault?.Offset > position)
            {
                wanted = (int)Math.Min(wanted, fault.Offset - position);
            }

            int read = await source.ReadAsync(buffer.AsMemory(0, wanted), cancellationToken);
            if (read == 0)
            {
                return;
            }

            if (met)
            {
                fault!.Change(buffer.AsSpan(0, read));
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            position += read;
            copied?.Invoke(read);
        }
    }

    /// <summary>Closes a connection with FIN or RST.</summary>
    internal static async Task EndAsync(Socket socket, CutKind kind, CancellationToken cancellationToken)
    {
        if (kind == CutKind.Reset)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
            return;
        }

        // Closing a socket with unread bytes would send RST. Therefore bytes from the peer are discarded until the peer closes the connection.
        socket.Shutdown(SocketShutdown.Send);
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, cancellationToken) > 0)
        {
        }
    }
}
