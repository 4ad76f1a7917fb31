using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Egress.Benchmarks.Http;

/// <summary>Clients that read more slowly than the servers can send.</summary>
internal static class SlowClients
{
    private const int ReadSize = 16 << 10;

    /// <summary>How long the clients may take until each of them receives bytes.</summary>
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    /// <summary>Lets clients download the same archive for a while, and then disconnects them.</summary>
    /// <param name="port">Port on loopback.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="clients">Number of clients.</param>
    /// <param name="bytesPerSecond">The rate of each client.</param>
    /// <param name="duration">How long the downloads continue after all clients have received bytes.</param>
    /// <exception cref="TimeoutException">Not all clients received bytes in time.</exception>
    public static async Task HoldAsync(int port, string path, int clients, int bytesPerSecond, TimeSpan duration)
    {
        using var stop = new CancellationTokenSource();
        var served = Enumerable.Range(0, clients).Select(static _ => new TaskCompletionSource()).ToArray();
        var reading = Task.WhenAll(served.Select(first => ReadAsync(port, path, bytesPerSecond, first, stop.Token)));
        try
        {
            await Task.WhenAll(served.Select(static first => first.Task)).WaitAsync(StartLimit);
            await Task.Delay(duration);
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }
    }

    private static async Task ReadAsync(int port, string path, int bytesPerSecond, TaskCompletionSource served, CancellationToken stop)
    {
        // With a small buffer the server notices a slow client early.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4 * ReadSize };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, stop);
            await socket.SendAsync(SinkClient.Request(path), stop);
            var buffer = new byte[ReadSize];
            var start = Stopwatch.GetTimestamp();
            var received = 0L;
            while (await socket.ReceiveAsync(buffer, stop) is > 0 and var count)
            {
                received += count;
                served.TrySetResult();
                var ahead = TimeSpan.FromSeconds((double)received / bytesPerSecond) - Stopwatch.GetElapsedTime(start);
                if (ahead > TimeSpan.Zero)
                {
                    await Task.Delay(ahead, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time has passed, and the client disconnects.
        }
    }
}
