using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>Finds the address of the client.</summary>
internal static class ClientAddress
{
    private const string ForwardedFor = "X-Forwarded-For";

    /// <summary>Whether a proxy has added the address of a client.</summary>
    public static bool IsForwarded(HttpRequest request) => request.Headers.ContainsKey(ForwardedFor);

    /// <summary>Finds the address of the client as <see cref="Find"/> does, but returns the full IPv6 address.</summary>
    /// <param name="context">The request.</param>
    /// <param name="trustedProxies">How many proxies append to the header; zero ignores it.</param>
    /// <returns>The address; null if it is not known.</returns>
    public static IPAddress? FindExact(HttpContext context, int trustedProxies)
    {
        var address = (trustedProxies > 0 ? Forwarded(context.Request, trustedProxies) : null) ?? context.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    /// <summary>Finds the address of the client. With n proxies, it is the n-th address from the right of <c>X-Forwarded-For</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="trustedProxies">How many proxies append to the header; zero ignores it.</param>
    /// <returns>
    /// The address; null if it is not known. An IPv6 address is reduced to its /64 prefix, because one client usually has all addresses with that
    /// prefix.
    /// </returns>
    public static IPAddress? Find(HttpContext context, int trustedProxies)
    {
        var address = FindExact(context, trustedProxies);
        return address is null ? null : Normalize(address);
    }

    private static IPAddress? Forwarded(HttpRequest request, int fromRight)
    {
        var hops = string.Join(',', request.Headers[ForwardedFor].AsEnumerable()).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (hops.Length < fromRight)
        {
            // The request did not pass through all proxies, so the client itself may have written the header.
            return null;
        }

        var text = hops[^fromRight];

        // The front end of Azure writes ip:port. The address is parsed before the endpoint, because the last group of an IPv6 address could be taken
        // for a port.
        return IPAddress.TryParse(text, out var address) ? address
            : IPEndPoint.TryParse(text, out var endPoint) ? endPoint.Address
            : null;
    }

    private static IPAddress Normalize(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }
}
