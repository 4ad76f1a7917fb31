using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Egress.Server.Hosting;

/// <summary>
/// Lets clients receive a response that close their sending side right after the request (<c>nc -N</c>, <c>shutdown(SHUT_WR)</c>). Kestrel treats
/// every FIN as a disconnect. A FIN alone does not show whether the client has disconnected: a disconnected client resets the connection when it
/// receives bytes. So after a FIN the client counts as connected until it resets the connection, or until <see cref="SilenceLimit"/> has passed
/// without an acknowledged byte.
/// </summary>
internal static class HalfClosedClients
{
    /// <summary>
    /// The time limit between a FIN and the first acknowledged byte of the response. A disconnected client occupies its slot for up to this time.
    /// </summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);

    // From netinet/tcp.h and linux/tcp.h: struct tcp_info.
    private const int ProtocolTcp = 6;
    private const int OptionTcpInfo = 11;
    private const int StateOffset = 0;
    private const int BytesAckedOffset = 120;
    private const int InfoLength = BytesAckedOffset + sizeof(ulong);
    private const byte CloseWait = 8;

    /// <summary>Adds the check to the connections of an endpoint. Has an effect on Linux only.</summary>
    /// <param name="listen">The endpoint.</param>
    public static void Use(ListenOptions listen)
    {
        if (OperatingSystem.IsLinux())
        {
            listen.Use(static next => connection => RunAsync(connection, next));
        }
    }

    private static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }

        var inputEnded = connection.ConnectionClosed;
        using var ended = new CancellationTokenSource();
        using var closed = new CancellationTokenSource();
        var watching = Task.CompletedTask;
        var registration = inputEnded.UnsafeRegister(_ => watching = WatchAsync(socket, closed, ended.Token), null);
        connection.ConnectionClosed = closed.Token;
        try
        {
            await next(connection);
        }
        finally
        {
            connection.ConnectionClosed = inputEnded;
            await registration.DisposeAsync();
            await ended.CancelAsync();
            await watching;
        }
    }

    /// <summary>Waits until the client has disconnected, and then cancels <paramref name="closed"/>.</summary>
    private static async Task WatchAsync(Socket socket, CancellationTokenSource closed, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(CheckInterval, TimeProvider.System);
        var silence = TimeSpan.Zero;
        var atFin = BytesAcknowledged(socket);
        try
        {
            while (BytesAcknowledged(socket) is { } now && (now > atFin || silence < SilenceLimit))
            {
                await timer.WaitForNextTickAsync(ended);
                silence += CheckInterval;
            }

            await closed.CancelAsync();
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The connection has ended in the meantime.
        }
    }

    /// <summary>Returns the number of bytes that the client has acknowledged; null if the connection is not half closed.</summary>
    private static ulong? BytesAcknowledged(Socket socket)
    {
        Span<byte> info = stackalloc byte[InfoLength];
        try
        {
            return socket.GetRawSocketOption(ProtocolTcp, OptionTcpInfo, info) == InfoLength && info[StateOffset] == CloseWait
                ? MemoryMarshal.Read<ulong>(info[BytesAckedOffset..])
                : null;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
