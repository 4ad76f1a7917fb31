using System.Net;
using System.Net.Sockets;

namespace Egress.Core.Tests.TestKit;

/// <summary>A server that sends back the bytes that it receives, one connection after the other.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _disposed = new();
    private readonly Task _running;

    internal EchoServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _disposed.Dispose();
    }

    private async Task RunAsync()
    {
        var connections = new List<Task>();
        while (!_disposed.IsCancellationRequested)
        {
            connections.Add(EchoAsync(await _listener.AcceptSocketAsync(_disposed.Token)));
        }

        await Task.WhenAll(connections);
    }

    private async Task EchoAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.CopyToAsync(stream, _disposed.Token);
    }
}
