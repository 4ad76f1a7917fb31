using System.Net;
using System.Net.Sockets;

namespace Egress.Callbacks.Network;

/// <summary>Resolves the addresses of a host.</summary>
internal delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>Connects a socket to the first of the addresses that accepts the connection.</summary>
internal delegate ValueTask ConnectSocket(Socket socket, IPAddress[] addresses, int port, CancellationToken cancellationToken);

/// <summary>
/// Opens connections to public addresses only. The check applies to the address of the connection itself, so a host name cannot bypass it by
/// resolving to another address afterwards (DNS rebinding).
/// </summary>
internal sealed class GuardedConnector(bool allowPrivateNetworks, ResolveHost resolve, ConnectSocket connect)
{
    /// <summary>Connects to an allowed address of the host. Used as <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="CallbackRefusedException">The host has no allowed address.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var target = context.DnsEndPoint;
        var addresses = await resolve(target.Host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        var allowed = allowPrivateNetworks ? addresses : Array.FindAll(addresses, static address => PublicAddressPolicy.WhyNotPublic(address) is null);
        if (allowed.Length == 0)
        {
            throw new CallbackRefusedException($"refused: {addresses[0]} is {PublicAddressPolicy.WhyNotPublic(addresses[0])} (CALLBACK_ALLOW_PRIVATE_NETWORKS)");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await connect(socket, allowed, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>The exception for a host without an allowed address.</summary>
internal sealed class CallbackRefusedException(string message) : Exception(message);
