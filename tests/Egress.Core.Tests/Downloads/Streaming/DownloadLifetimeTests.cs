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
    public void A_host_that_shuts_down_interrupts()
    {
        using var watch = Watch();
        _host.Cancel();
        Assert.Equal(FailureReason.Interrupted, watch.Reason);
    }

    [Theory]
    [InlineData(true, FailureReason.ClientDisconnected)]
    [InlineData(false, FailureReason.Interrupted)]
    public void A_cancelled_function_waits_for_the_client_to_disconnect_before_it_blames_the_host(bool clientLeaves, object reason)
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

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void A_download_that_waits_for_a_hanging_disk_is_aborted_shortly_after_its_time_limit(bool endsInTime, int expected)
    {
        var aborted = 0;
        using var watch = Watch();
        watch.AbortWhenHeld(() => aborted++);
        watch.End(FailureReason.TimedOut);
        _time.Advance(DownloadLifetime.AbortGrace - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, aborted);
        if (endsInTime)
        {
            watch.Dispose();
        }

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(expected, aborted);
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
    public void A_client_that_receives_nothing_within_the_limit_is_stalled()
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

    /// <summary>A timer can fire while it is disposed. An exception in it would end the process.</summary>
    [Fact]
    public void A_timer_that_fires_after_the_end_has_no_effect()
    {
        var time = new LateTimers();
        var lifetime = new DownloadLifetime(new DownloadOptions { MaxDuration = TimeSpan.FromMinutes(1) }, time, _client.Token, _host.Token);
        lifetime.EndWithFunction(CancellationToken.None);
        lifetime.AbortWhenHeld(() => Assert.Fail("The connection may serve another request by now."));
        var token = lifetime.Token;
        lifetime.Dispose();

        time.FireAll();
        lifetime.End(FailureReason.Interrupted);
        lifetime.ClientIsBusy(1);
        lifetime.ClientIsReady();

        Assert.Equal(4, time.Count);
        Assert.True(token.IsCancellationRequested);
    }

    [Fact]
    public void A_client_below_the_minimum_rate_is_disconnected_when_it_is_too_far_behind()
    {
        using var lifetime = Watch(new DownloadOptions { MinClientRate = 1000, RequestTimeout = TimeSpan.Zero });
        lifetime.ResponseBegins();

        // At 500 bytes per second, each second uses up half of one of the 30 seconds that the client may be behind.
        for (var i = 0; i < 59; i++)
        {
            Take(lifetime, 500, TimeSpan.FromSeconds(1));
            Assert.Equal(FailureReason.None, lifetime.Reason);
        }

        lifetime.ClientIsBusy(500);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FailureReason.ClientStalled, lifetime.Reason);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1_000_000)]
    public void A_client_at_the_minimum_rate_is_never_disconnected(int piece)
    {
        using var lifetime = Watch(new DownloadOptions { MinClientRate = 1000, RequestTimeout = TimeSpan.Zero });
        lifetime.ResponseBegins();
        for (var i = 0; i < 100; i++)
        {
            Take(lifetime, piece, TimeSpan.FromSeconds(piece / 1000));
        }

        Assert.Equal(FailureReason.None, lifetime.Reason);
    }

    [Fact]
    public void A_fast_client_collects_no_credit()
    {
        using var lifetime = Watch(new DownloadOptions { MinClientRate = 1000, RequestTimeout = TimeSpan.FromHours(1) });
        lifetime.ResponseBegins();
        for (var i = 0; i < 100; i++)
        {
            lifetime.ClientTook(1_000_000);
        }

        lifetime.ClientIsBusy(1000);
        _time.Advance(ClientPace.Grace);
        Assert.Equal(FailureReason.None, lifetime.Reason);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(FailureReason.ClientStalled, lifetime.Reason);
    }

    [Fact]
    public void The_limit_without_progress_applies_in_addition_to_the_minimum_rate()
    {
        using var lifetime = Watch(new DownloadOptions { MinClientRate = 1, RequestTimeout = TimeSpan.FromSeconds(10) });
        lifetime.ResponseBegins();
        lifetime.ClientIsBusy(1000);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(FailureReason.ClientStalled, lifetime.Reason);
    }

    private void Take(DownloadLifetime lifetime, int bytes, TimeSpan duration)
    {
        lifetime.ClientIsBusy(bytes);
        _time.Advance(duration);
        lifetime.ClientIsReady();
    }

    /// <summary>A clock whose timers fire even after they are disposed.</summary>
    private sealed class LateTimers : TimeProvider
    {
        private readonly List<Action> _callbacks = [];

        public int Count => _callbacks.Count;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callbacks.Add(() => callback(state));
            var timer = base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return timer;
        }

        public void FireAll() => _callbacks.ForEach(static callback => callback());
    }

    private DownloadLifetime Watch(DownloadOptions? options = null) => new(options ?? new DownloadOptions(), _time, _client.Token, _host.Token);
}
