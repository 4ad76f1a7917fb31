using Egress.Downloads;
using Egress.Downloads.Streaming;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Downloads.Streaming;

public sealed class DownloadLifetimeTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _client = new();
    private readonly CancellationTokenSource _host = new();

    [Fact]
    public void The_first_reason_stays()
    {
        using var watch = Watch();
        _client.Cancel();
        _host.Cancel();
        Assert.Equal(FailureReason.ClientDisconnected, watch.Reason);
        Assert.True(watch.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_host_that_goes_down_interrupts()
    {
        using var watch = Watch();
        _host.Cancel();
        Assert.Equal(FailureReason.Interrupted, watch.Reason);
    }

    [Theory]
    [InlineData(true, FailureReason.ClientDisconnected)]
    [InlineData(false, FailureReason.Interrupted)]
    public void A_cancelled_function_waits_for_its_client_before_the_host_is_the_reason(bool clientLeaves, object reason)
    {
        using var function = new CancellationTokenSource();
        using var watch = Watch();
        watch.EndWithFunction(function.Token);
        function.Cancel();
        _time.Advance(DownloadLifetime.HostGrace - TimeSpan.FromMilliseconds(1));
        Assert.Equal(FailureReason.None, watch.Reason);

        if (clientLeaves)
        {
            _client.Cancel();
        }

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(reason, watch.Reason);
    }

    [Fact]
    public void A_function_that_is_cancelled_after_the_end_of_its_download_changes_nothing()
    {
        using var function = new CancellationTokenSource();
        var watch = Watch();
        watch.EndWithFunction(function.Token);
        watch.Dispose();
        function.Cancel();
        _time.Advance(DownloadLifetime.HostGrace);
        Assert.Equal(FailureReason.None, watch.Reason);
    }

    [Fact]
    public void A_client_that_takes_nothing_for_the_limit_is_stalled()
    {
        using var watch = Watch(new DownloadOptions { RequestTimeout = TimeSpan.FromSeconds(10) });
        watch.ResponseBegins();
        for (var i = 0; i < 5; i++)
        {
            watch.ClientIsBusy(1);
            _time.Advance(TimeSpan.FromSeconds(9));
            watch.ClientIsReady();
        }

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(FailureReason.None, watch.Reason);
        watch.ClientIsBusy(1);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(FailureReason.ClientStalled, watch.Reason);
    }

    [Fact]
    public void The_first_byte_has_the_same_limit_counted_from_the_accepted_request()
    {
        using var watch = Watch(new DownloadOptions { RequestTimeout = TimeSpan.FromSeconds(10) });
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(FailureReason.None, watch.Reason);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FailureReason.TimedOut, watch.Reason);
        Assert.Equal(TimeSpan.FromSeconds(10), watch.Elapsed);
    }

    [Fact]
    public void The_whole_download_has_a_limit_too()
    {
        using var watch = Watch(new DownloadOptions { MaxDuration = TimeSpan.FromMinutes(1) });
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(FailureReason.None, watch.Reason);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FailureReason.TimedOut, watch.Reason);
    }

    [Fact]
    public void Zero_is_unlimited()
    {
        using var watch = Watch(new DownloadOptions { RequestTimeout = TimeSpan.Zero });
        watch.ClientIsBusy(1);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(FailureReason.None, watch.Reason);
    }

    private DownloadLifetime Watch(DownloadOptions? options = null) => new(options ?? new DownloadOptions(), _time, _client.Token, _host.Token);
}
