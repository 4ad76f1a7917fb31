using System.Net;
using Egress.Callbacks.Network;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Network;

public sealed class PublicAddressPolicyTests
{
    [Theory]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.255.255.254", "loopback")]
    [InlineData("::1", "loopback")]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("::ffff:7f00:1", "loopback")]
    [InlineData("64:ff9b::7f00:1", "loopback")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("172.16.0.1", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("192.168.1.1", "private")]
    [InlineData("::ffff:10.1.2.3", "private")]
    [InlineData("fd00::1", "private")]
    [InlineData("fec0::1", "private")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("64:ff9b::a9fe:a9fe", "link-local")]
    [InlineData("168.63.129.16", "metadata")]
    [InlineData("100.64.0.1", "carrier-grade")]
    [InlineData("100.127.255.255", "carrier-grade")]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("::", "reserved")]
    [InlineData("::127.0.0.1", "reserved")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("255.255.255.255", "reserved")]
    [InlineData("198.18.0.1", "reserved")]
    [InlineData("2001:db8::1", "reserved")]
    [InlineData("2001::1", "reserved")]
    [InlineData("2002:7f00:1::", "tunnel")]
    [InlineData("64:ff9b:1::1", "reserved")]
    [InlineData("8.8.8.8", null)]
    [InlineData("172.32.0.1", null)]
    [InlineData("100.128.0.1", null)]
    [InlineData("2606:4700:4700::1111", null)]
    [InlineData("::ffff:8.8.8.8", null)]
    [InlineData("64:ff9b::808:808", null)]
    public void Only_public_addresses_pass(string address, string? kind) =>
        Assert.Equal(kind, PublicAddressPolicy.WhyNotPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("app.example.com", "app.example.com", true)]
    [InlineData("app.example.com", "APP.Example.com", true)]
    [InlineData("app.example.com", "x.app.example.com", false)]
    [InlineData("*.example.com", "a.b.example.com", true)]
    [InlineData("*.example.com", "example.com", false)]
    [InlineData("*.example.com", "notexample.com", false)]
    [InlineData("*.example.com", ".example.com", false)]
    public void A_host_list_names_hosts_or_all_subdomains_of_one(string entry, string host, bool allowed) =>
        Assert.Equal(allowed, HostAllowList.Allows([entry], host));

    [Fact]
    public void An_empty_host_list_allows_all() => Assert.True(HostAllowList.Allows([], "example.com"));
}
