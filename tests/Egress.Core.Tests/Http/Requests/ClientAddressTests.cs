using System.Net;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData(0, "203.0.113.9", "192.0.2.1")]
    [InlineData(1, "203.0.113.9", "203.0.113.9")]
    [InlineData(1, "6.6.6.6, 203.0.113.9", "203.0.113.9")]
    [InlineData(2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9")]
    [InlineData(2, "203.0.113.9", "192.0.2.1")]
    [InlineData(1, null, "192.0.2.1")]
    [InlineData(1, "203.0.113.9:54321", "203.0.113.9")]
    [InlineData(1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData(1, "[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::")]
    [InlineData(1, "not an address", "192.0.2.1")]
    public void The_address_comes_from_trusted_proxies_only(int proxies, string? forwarded, string expected)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:192.0.2.1");
        if (forwarded is not null)
        {
            context.Request.Headers["X-Forwarded-For"] = forwarded;
        }

        Assert.Equal(IPAddress.Parse(expected), ClientAddress.Find(context, proxies));
    }
}
