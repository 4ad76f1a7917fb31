using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Egress.Core.Tests.TestKit;

/// <summary>A server that responds to every request with given bytes, and closes the connection.</summary>
internal sealed class OneResponseServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _running;

    internal OneResponseServer(string response)
    {
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _running = RunAsync(Encoding.ASCII.GetBytes(response));
    }

    internal Uri Url { get; }

    public async ValueTask DisposeAsync()
    {
        await _running;
        _listener.Dispose();
    }

    private async Task RunAsync(byte[] response)
    {
        using Socket socket = await _listener.AcceptSocketAsync();
        await using var stream = new NetworkStream(socket);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await stream.WriteAsync(response);
        socket.Shutdown(SocketShutdown.Send);
        await reader.ReadToEndAsync();
    }
}
