using System.Net;
using System.Net.Sockets;

namespace Egress.Callbacks.Network;

/// <summary>Distinguishes public addresses from private and special ones, which callbacks must not reach.</summary>
internal static class PublicAddressPolicy
{
    /// <summary>The networks of IANA's special-purpose registry for IPv4 (RFC 6890), multicast, and the platform address of Azure.</summary>
    private static readonly (IPNetwork Network, string Kind)[] V4 =
    [
        (IPNetwork.Parse("0.0.0.0/8"), "unspecified"),
        (IPNetwork.Parse("10.0.0.0/8"), "private"),
        (IPNetwork.Parse("100.64.0.0/10"), "carrier-grade"),
        (IPNetwork.Parse("127.0.0.0/8"), "loopback"),
        (IPNetwork.Parse("168.63.129.16/32"), "metadata"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"),
        (IPNetwork.Parse("172.16.0.0/12"), "private"),
        (IPNetwork.Parse("192.0.0.0/24"), "reserved"),
        (IPNetwork.Parse("192.0.2.0/24"), "reserved"),
        (IPNetwork.Parse("192.88.99.0/24"), "reserved"),
        (IPNetwork.Parse("192.168.0.0/16"), "private"),
        (IPNetwork.Parse("198.18.0.0/15"), "reserved"),
        (IPNetwork.Parse("198.51.100.0/24"), "reserved"),
        (IPNetwork.Parse("203.0.113.0/24"), "reserved"),
        (IPNetwork.Parse("224.0.0.0/4"), "multicast"),
        (IPNetwork.Parse("240.0.0.0/4"), "reserved"),
    ];

    /// <summary>Subnets of 2000::/3, the only public network, that are not public themselves or are gateways to another network.</summary>
    private static readonly (IPNetwork Network, string Kind)[] V6 =
    [
        (IPNetwork.Parse("2001::/23"), "reserved"),
        (IPNetwork.Parse("2001:db8::/32"), "reserved"),
        (IPNetwork.Parse("2002::/16"), "tunnel"),
        (IPNetwork.Parse("3fff::/20"), "reserved"),
    ];

    private static readonly IPNetwork Public = IPNetwork.Parse("2000::/3");

    /// <summary>NAT64: the last 32 bits are an IPv4 address (RFC 6052 §2.1).</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Returns why an address is not public; null for a public one.</summary>
    public static string? WhyNotPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return Find(V4, address);
        }

        if (address.IsIPv4MappedToIPv6 || Nat64.Contains(address))
        {
            return Find(V4, new IPAddress(address.GetAddressBytes().AsSpan(12)));
        }

        if (Public.Contains(address))
        {
            return Find(V6, address);
        }

        return address switch
        {
            _ when IPAddress.IsLoopback(address) => "loopback",
            { IsIPv6LinkLocal: true } => "link-local",
            { IsIPv6UniqueLocal: true } or { IsIPv6SiteLocal: true } => "private",
            { IsIPv6Multicast: true } => "multicast",
            _ => "reserved",
        };
    }

    private static string? Find((IPNetwork Network, string Kind)[] networks, IPAddress address) =>
        Array.Find(networks, entry => entry.Network.Contains(address)).Kind;
}
