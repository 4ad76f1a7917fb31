using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Egress.Benchmarks.Http;

/// <summary>Clients that read more slowly than any server sends.</summary>
internal static class SlowClients
{
    private const int ReadSize = 16 << 10;

    /// <summary>Lets so many clients download the same for a while; then they leave.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="clients">How many.</param>
    /// <param name="bytesPerSecond">What each of them reads.</param>
    /// <param name="duration">How long.</param>
    /// <returns>Bytes that all of them received.</returns>
    /// <exception cref="InvalidOperationException">One of them was not served.</exception>
    public static async Task<long> HoldAsync(int port, string path, int clients, int bytesPerSecond, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource(duration);
        var received = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => ReadAsync(port, path, bytesPerSecond, stop.Token)));
        return received.Min() > ReadSize / 2
            ? received.Sum()
            : throw new InvalidOperationException($"{path}: a slow client received {received.Min()} bytes only.");
    }

    private static async Task<long> ReadAsync(int port, string path, int bytesPerSecond, CancellationToken stop)
    {
        // A small buffer lets the server feel soon how slow the client is.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4 * ReadSize };
        var received = 0L;
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, stop);
            await socket.SendAsync(SinkClient.Request(path), stop);
            var buffer = new byte[ReadSize];
            var start = Stopwatch.GetTimestamp();
            while (await socket.ReceiveAsync(buffer, stop) is > 0 and var count)
            {
                received += count;
                var ahead = TimeSpan.FromSeconds((double)received / bytesPerSecond) - Stopwatch.GetElapsedTime(start);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is up: the client leaves.
        }

        return received;
    }
}
