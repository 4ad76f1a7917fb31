using System.Net.Sockets;

namespace Egress.TestKit.Network;

/// <summary>A TCP proxy on a loopback port that lets a test make connections fail. It works for any protocol.</summary>
/// <remarks>A client that stops sending is treated as disconnected: both connections are closed.</remarks>
public sealed class FaultProxy : LoopbackProxy
{
    private readonly Lock _lock = new();
    private Fault? _fault;
    private int _remaining;
    private bool _once;
    private long _toClient;

    /// <summary>Starts forwarding.</summary>
    /// <param name="targetPort">Port of the server behind the proxy.</param>
    /// <param name="targetHost">Host name of the server behind the proxy.</param>
    public FaultProxy(int targetPort, string targetHost = "127.0.0.1")
        : base(targetHost, targetPort)
    {
    }

    /// <summary>Number of bytes that the server has sent to clients so far.</summary>
    public long BytesToClients => Interlocked.Read(ref _toClient);

    /// <summary>Sets a fault for the next new connections. It replaces an earlier fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="connections">How many connections get the fault.</param>
    public void FailNext(Fault fault, int connections = 1)
    {
        lock (_lock)
        {
            (_fault, _remaining, _once) = (fault, connections, false);
        }
    }

    /// <summary>
    /// Sets a fault for new connections until one of them has failed. Later connections work, even if a driver opens several at the same time.
    /// </summary>
    public void FailOnce(Fault fault)
    {
        lock (_lock)
        {
            (_fault, _remaining, _once) = (fault, int.MaxValue, true);
        }
    }

    /// <summary>Sets a fault for every new connection.</summary>
    public void FailAll(Fault fault) => FailNext(fault, int.MaxValue);

    /// <summary>Removes the fault for new connections.</summary>
    public void Heal()
    {
        lock (_lock)
        {
            (_fault, _remaining) = (null, 0);
        }
    }

    private protected override async Task ServeAsync(NetworkStream client, NetworkStream server, CancellationToken cancellationToken)
    {
        Fault? fault = TakeFault();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task toClient = Relay.CopyAsync(server, client, For(Direction.ToClient), ended.Token, read => Interlocked.Add(ref _toClient, read));
        Task toServer = Relay.CopyAsync(client, server, For(Direction.ToServer), ended.Token);
        Task first = await Task.WhenAny(toClient, toServer);
        await ended.CancelAsync();
        await Task.WhenAll(toClient, toServer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;

        Fault? For(Direction direction) => fault?.Direction == direction ? fault : null;
    }

    private Fault? TakeFault()
    {
        lock (_lock)
        {
            if (_remaining == 0 || (_once && _fault!.Applied.IsCompleted))
            {
                return null;
            }

            _remaining--;
            return _fault;
        }
    }
}
