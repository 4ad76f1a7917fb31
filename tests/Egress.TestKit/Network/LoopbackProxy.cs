using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Egress.TestKit.Network;

/// <summary>
/// Listens on a loopback port. Opens a connection to the target for each accepted connection, and passes both to the derived class.
/// </summary>
public abstract class LoopbackProxy : IAsyncDisposable
{
    private readonly DnsEndPoint _target;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ConcurrentDictionary<Socket, Task> _connections = [];
    private readonly ConcurrentQueue<Exception> _faults = [];
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _accepted;

    private protected LoopbackProxy(string targetHost, int targetPort)
    {
        _target = new DnsEndPoint(targetHost, targetPort);
        Port = FreePort.Next();
        Accept();
    }

    /// <summary>The port on 127.0.0.1 to which clients connect.</summary>
    public int Port { get; }

    /// <summary>Number of connections that were accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Number of open connections.</summary>
    public int Open => _connections.Count;

    /// <summary>Refuses new connections, like a server that is down. Existing connections stay open.</summary>
    public void Refuse()
    {
        _listener?.Dispose();
        _listener = null;
    }

    /// <summary>Accepts connections again.</summary>
    public void Accept()
    {
        if (_listener is null)
        {
            _listener = new TcpListener(IPAddress.Loopback, Port);
            _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Start();
            _accepting = Task.WhenAll(_accepting, AcceptAsync(_listener));
        }
    }

    /// <summary>Resets every open connection.</summary>
    public void ResetAll()
    {
        foreach (Socket client in _connections.Keys)
        {
            client.Close(0);
        }
    }

    /// <summary>Waits until every connection has ended.</summary>
    public Task WaitUntilIdleAsync(CancellationToken cancellationToken) => Task.WhenAll(_connections.Values).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _disposed.CancelAsync();
        Refuse();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _disposed.Dispose();
        if (!_faults.IsEmpty)
        {
            throw new AggregateException("The proxy itself failed.", _faults);
        }
    }

    /// <summary>Serves one connection until it ends. The caller then closes both streams.</summary>
    private protected abstract Task ServeAsync(NetworkStream client, NetworkStream server, CancellationToken cancellationToken);

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync(_disposed.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
            {
                return; // InvalidOperationException: the listener was stopped between two calls
            }

            Interlocked.Increment(ref _accepted);
            client.LingerState = new LingerOption(enable: true, seconds: 0);
            client.NoDelay = true;
            var added = new TaskCompletionSource();
            _connections[client] = added.Task;
            _ = CompleteAsync(client, added);
        }
    }

    private async Task CompleteAsync(Socket client, TaskCompletionSource added)
    {
        try
        {
            await ConnectAndServeAsync(client);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One side has disconnected, or the proxy is disposed. The other side still has to be closed.
        }
        catch (Exception error)
        {
            _faults.Enqueue(error);
        }
        finally
        {
            client.Dispose();
            _connections.TryRemove(client, out _);
            added.SetResult();
        }
    }

    private async Task ConnectAndServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync(_target, _disposed.Token);
        await using var clientStream = new NetworkStream(client);
        await using var serverStream = new NetworkStream(server);
        try
        {
            await ServeAsync(clientStream, serverStream, _disposed.Token);
            await Relay.EndAsync(client, CutKind.Close, _disposed.Token);
        }
        catch (ConnectionCutException cut)
        {
            server.Close();
            await Relay.EndAsync(client, cut.Kind, _disposed.Token);
        }
    }
}
