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
    public async Task A_slice_counts_as_its_cost_and_a_flood_of_slices_is_limited()
    {
        await using var limiter = Create(new() { RatePerSecond = 1, Burst = 2 });
        for (var slice = 0; slice < 2 * RequestWeight.Whole; slice++)
        {
            Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var slot, weight: 1));
            slot!.CountAs(1);
            slot.Dispose();
        }

        var refused = limiter.TryEnter(From("192.0.2.1"), out var none, weight: 1);
        Assert.Equal((RejectionReason.RateLimited, TimeSpan.FromSeconds(1) / 16), (refused?.Reason, refused!.RetryAfter));
        Assert.Null(none);
        Assert.Null(limiter.TryEnter(From("192.0.2.2"), out _));
    }

    [Fact]
    public async Task A_slice_that_caused_planning_or_was_refused_counts_as_a_download()
    {
        await using var limiter = Create(new() { RatePerSecond = 1, Burst = 1 });

        // Two concurrent requests both begin, and the second one is counted although it exceeds the limit.
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var first, weight: 1));
        Assert.Null(limiter.TryEnter(From("192.0.2.1"), out var second, weight: 1));
        first!.CountAs(RequestWeight.Whole);
        second!.Dispose();
        second.Dispose();
        Assert.Equal(TimeSpan.FromSeconds(17) / 16, limiter.TryEnter(From("192.0.2.1"), out _, weight: 1)!.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(2), limiter.TryEnter(From("192.0.2.1"), out _)!.RetryAfter);
    }

    [Fact]
    public async Task Slices_take_parts_of_the_slots_of_an_address_and_of_a_link()
    {
        await using var limiter = Create(new() { MaxActivePerAddress = 1, MaxActivePerLink = 1 });
        for (var slice = 0; slice < 4; slice++)
        {
            Assert.Null(limiter.TryEnter(From("192.0.2.1"), out _, weight: 4));
            Assert.Null(limiter.TryEnterLink("a", out _, weight: 4));
        }

        Assert.Equal(RejectionReason.AddressAtCapacity, limiter.TryEnter(From("192.0.2.1"), out _, weight: 1)?.Reason);
        Assert.Equal(RejectionReason.LinkAtCapacity, limiter.TryEnterLink("a", out _, weight: 1)?.Reason);
        Assert.Null(limiter.TryEnter(From("192.0.2.2"), out var slot, weight: 4));
        Assert.Null(limiter.TryEnterWhole(From("192.0.2.2"), 4, out var rest));
        Assert.Equal(RejectionReason.AddressAtCapacity, limiter.TryEnter(From("192.0.2.2"), out _, weight: 1)?.Reason);
        slot!.Dispose();
        rest!.Dispose();
        Assert.Null(limiter.TryEnter(From("192.0.2.2"), out _));
    }

    /// <summary>A table of cases: the method, the range, and how many sixteenths of a download the request counts.</summary>
    [Theory]
    [InlineData("GET", "bytes=0-8388607", 8)]
    [InlineData("GET", "bytes=8388608-16777215", 8)]
    [InlineData("GET", "bytes=0-0", 1)]
    [InlineData("GET", "bytes=-1", 1)]
    [InlineData("GET", "bytes=0-1048575", 1)]
    [InlineData("GET", "bytes=0-1048576", 2)]
    [InlineData("GET", "bytes=100-16777315", 16)]
    [InlineData("GET", "bytes=0-9223372036854775807", 16)]
    [InlineData("GET", "bytes=0-", 16)]
    [InlineData("GET", "bytes=0-1,5-6", 16)]
    [InlineData("GET", "bytes=5-4", 16)]
    [InlineData("GET", null, 16)]
    [InlineData("HEAD", "bytes=0-1", 16)]
    public void A_short_range_takes_a_share_of_a_slot_by_its_length(string method, string? range, int weight)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Headers.Range) = (method, range);
        Assert.Equal(weight, RequestWeight.AtOnce(context.Request));
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
