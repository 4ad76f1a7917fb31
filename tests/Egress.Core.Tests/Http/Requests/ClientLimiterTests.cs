using System.Net;
using Egress.Downloads;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Http.Requests;

public sealed class ClientLimiterTests
{
    private readonly FakeLogCollector _log = new();

    [Fact]
    public async Task One_address_cannot_take_the_slots_of_others()
    {
        await using var limiter = Create(new() { MaxActivePerAddress = 2 });
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var first));
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var second));

        var refused = limiter.TryEnter(From("192.0.2.1"), out var none);
        Assert.Equal(RejectionReason.AddressAtCapacity, refused?.Reason);
        Assert.NotNull(refused?.RetryAfter);
        Assert.Contains("MAX_ACTIVE_DOWNLOADS_PER_IP", refused?.Detail, StringComparison.Ordinal);
        Assert.Null(none);
        Assert.Null(limiter.TryEnter(From("192.0.2.2"), out var other));

        first!.Dispose();
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var third));
        Assert.All([second, third, other], Assert.NotNull);
    }

    [Fact]
    public async Task One_link_has_its_slots_whatever_the_addresses()
    {
        await using var limiter = Create(new() { MaxActivePerLink = 1 });
        Assert.Null(limiter.TryEnterLink("a", out var slot));
        Assert.Equal(RejectionReason.LinkAtCapacity, limiter.TryEnterLink("a", out _)?.Reason);
        Assert.Null(limiter.TryEnterLink("A", out _));
        slot!.Dispose();
        Assert.Null(limiter.TryEnterLink("a", out _));
    }

    [Fact]
    public async Task Without_limits_there_are_no_slots()
    {
        await using var limiter = Create(new());
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var address));
        Assert.Null(limiter.TryEnterLink("a", out var link));
        Assert.Null(address ?? link);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Forwarded_headers_of_proxies_that_are_not_configured_are_logged_once(double rate, int active)
    {
        await using var limiter = Create(new() { RatePerSecond = rate, MaxActivePerAddress = active });
        for (var request = 0; request < 2; request++)
        {
            var context = From("192.0.2.1");
            context.Request.Headers["X-Forwarded-For"] = "203.0.113.9";
            limiter.TryEnter(context, out _);
        }

        Assert.Contains("TRUSTED_PROXIES is 0", Assert.Single(_log.GetSnapshot()).Message, StringComparison.Ordinal);
    }

    private ClientLimiter Create(ClientLimitOptions options) => new(options, new FakeTimeProvider(), new FakeLogger<ClientLimiter>(_log));

    private static DefaultHttpContext From(string address)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);
        return context;
    }
}
