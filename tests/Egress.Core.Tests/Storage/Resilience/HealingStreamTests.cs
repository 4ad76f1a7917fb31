using CsCheck;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Resilience;
using Xunit;

namespace Egress.Core.Tests.Storage.Resilience;

public sealed class HealingStreamTests
{
    private static readonly TimeSpan Limit = new ResilienceOptions().FetchTimeout;

    private readonly ResilienceFixture _fixture = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ScriptedStorage Inner => _fixture.Inner;

    private async Task<byte[]> ReadAsync(ObjectRange range = default)
    {
        await using var opened = await _fixture.Storage.OpenAsync(ScriptedStorage.Location, range, Stop);
        using var content = new MemoryStream();
        await opened!.Content.CopyToAsync(content, Stop);
        return content.ToArray();
    }

    private async Task<BackendException> FailAsync() => await Assert.ThrowsAsync<BackendException>(() => ReadAsync());

    [Fact]
    public async Task A_broken_object_is_opened_again_at_the_next_byte_and_only_in_the_same_version()
    {
        Inner.ThenBody(BrokenBody.Cut(100)).ThenBody(BrokenBody.End(250)).ThenBody(BrokenBody.Cut(0, BackendFault.Throttled));

        Assert.Equal(Inner.Content, await ReadAsync());
        Assert.Equal(
            [default, new(100, 900, "\"one\""), new(350, 650, "\"one\""), new(350, 650, "\"one\"")],
            Inner.Opened);
        Assert.Equal(3, _fixture.Retries.Total);
    }

    [Fact]
    public Task The_bytes_of_a_range_are_right_wherever_the_connection_breaks() => Gen.Select(
        Gen.Int[0, 1000], Gen.Int[0, 1200].Select(length => length > 1000 ? (long?)null : length), Gen.Int[0, 300].Array[0, 3], Gen.Int[1, 400])
        .SampleAsync(async (offset, length, breaks, buffer) =>
        {
            var fixture = new ResilienceFixture();
            foreach (var bytes in breaks)
            {
                fixture.Inner.ThenBody(bytes % 2 == 0 ? BrokenBody.Cut(bytes) : BrokenBody.End(bytes));
            }

            await using var opened = await fixture.Storage.OpenAsync(ScriptedStorage.Location, new(offset, length), Stop);
            using var content = new MemoryStream();
            await opened!.Content.CopyToAsync(content, buffer, Stop);
            var end = (int)Math.Min(1000, offset + (length ?? 1000));
            return content.ToArray().AsSpan().SequenceEqual(fixture.Inner.Content.AsSpan(offset..end));
        });

    [Fact]
    public async Task More_breaks_than_retries_fail_the_read()
    {
        Inner.ThenBody(BrokenBody.Cut(10)).ThenBody(BrokenBody.Cut(10)).ThenBody(BrokenBody.Cut(10)).ThenBody(BrokenBody.Cut(10));
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);
        Assert.Equal(4, Inner.Opened.Count);
    }

    [Fact]
    public async Task Opening_and_healing_share_their_retries()
    {
        Inner.ThenFail(BackendFault.Unavailable).ThenFail(BackendFault.Unavailable)
            .ThenBody(BrokenBody.Cut(10)).ThenBody(BrokenBody.Cut(10));
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);
        Assert.Equal(4, Inner.Opened.Count);
    }

    [Fact]
    public async Task A_retry_that_cannot_open_the_object_again_counts_too()
    {
        Inner.ThenSucceed().ThenFail(BackendFault.Unavailable).ThenFail(BackendFault.Unavailable).ThenBody(BrokenBody.Cut(10));
        Assert.Equal(Inner.Content, await ReadAsync());
        Assert.Equal((4, 3), (Inner.Opened.Count, _fixture.Retries.Total));
    }

    [Fact]
    public void A_long_stretch_without_a_break_restores_the_retries()
    {
        var budget = new RetryBudget(2);
        Assert.True(budget.TryTake() && budget.TryTake());
        Assert.False(budget.TryTake());
        budget.Arrived((int)RetryBudget.RefillAfter - 1);
        Assert.False(budget.TryTake());
        budget.Arrived(1);
        Assert.True(budget.TryTake() && budget.TryTake());
        Assert.False(budget.TryTake());
    }

    [Fact]
    public async Task Another_version_is_not_read_further()
    {
        Inner.ThenBody(body =>
        {
            Inner.ETag = "\"two\"";
            return BrokenBody.Cut(10)(body);
        });
        Assert.Equal(BackendFault.Changed, (await FailAsync()).Fault);
        Assert.Equal(2, Inner.Opened.Count);
    }

    [Fact]
    public async Task A_removed_object_is_not_read_further()
    {
        Inner.ThenBody(body =>
        {
            Inner.Missing = true;
            return BrokenBody.Cut(10)(body);
        });
        Assert.Equal(BackendFault.Changed, (await FailAsync()).Fault);
    }

    [Fact]
    public async Task An_object_without_a_validator_is_not_healed()
    {
        Inner.ETag = null;
        Inner.ThenBody(BrokenBody.Cut(10));
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);
        Assert.Single(Inner.Opened);
    }

    [Fact]
    public async Task A_refusal_during_a_read_is_not_healed()
    {
        Inner.ThenBody(BrokenBody.Cut(10, BackendFault.Denied));
        Assert.Equal(BackendFault.Denied, (await FailAsync()).Fault);
        Assert.Single(Inner.Opened);
    }

    [Fact]
    public async Task A_stalled_body_is_abandoned_and_opened_again()
    {
        Inner.ThenStallAfter(100);
        var read = ReadAsync();
        await _fixture.PassTimeAsync(Limit, read);
        Assert.Equal(Inner.Content, await read);
        Assert.Equal([0, 100], Inner.Opened.Select(range => range.Offset));
    }

    [Fact]
    public async Task A_body_that_keeps_stalling_is_a_timeout()
    {
        var fixture = new ResilienceFixture(new ResilienceOptions { MaxRetries = 1, RetryDelay = TimeSpan.Zero });
        fixture.Inner.ThenStallAfter(100).ThenStallAfter(0);
        await using var opened = await fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        var read = Assert.ThrowsAsync<BackendException>(() => opened!.Content.CopyToAsync(Stream.Null, Stop));
        await fixture.PassTimeAsync(Limit, read);
        Assert.Equal(BackendFault.TimedOut, (await read).Fault);
        Assert.Equal(2, fixture.Inner.Opened.Count);
    }

    [Fact]
    public async Task A_slow_client_does_not_use_up_the_time_limit_of_the_source()
    {
        await using var opened = await _fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        var buffer = new byte[100];
        for (var i = 0; i < 10; i++)
        {
            await opened!.Content.ReadExactlyAsync(buffer, Stop);
            _fixture.Time.Advance(Limit * 10);
        }

        Assert.Single(Inner.Opened);
        Assert.Equal(0, _fixture.Retries.Total);
    }

    [Fact]
    public async Task A_closed_reader_gets_nothing_even_if_bytes_are_available()
    {
        await using var opened = await _fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await opened!.Content.ReadExactlyAsync(new byte[10], new CancellationToken(true)));
    }

    [Fact]
    public async Task Reads_that_complete_at_once_do_not_read_the_clock()
    {
        var time = new CountingTime();
        using var limit = new ReadLimit(Limit, time);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(5, await limit.ReadAsync(new MemoryStream(new byte[5]), new byte[10], Stop));
        }

        Assert.Equal((1, 0), (time.Timers, time.Changes));
    }

    [Fact]
    public async Task A_reader_that_cancels_ends_a_read_at_once_without_a_retry()
    {
        Inner.ThenStallAfter(0);
        using var reader = new CancellationTokenSource();
        await using var opened = await _fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        var read = opened!.Content.ReadAsync(new byte[10], reader.Token).AsTask();
        await reader.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Single(Inner.Opened);
    }

    [Fact]
    public async Task An_open_breaker_ends_healing()
    {
        Inner.ThenBody(BrokenBody.Cut(10));
        await using var opened = await _fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        for (var i = 0; i < 5; i++)
        {
            _fixture.Breaker.Enter(out var generation);
            _fixture.Breaker.Leave(generation, CallResult.Failed);
        }

        var thrown = await Assert.ThrowsAsync<BackendException>(() => opened!.Content.CopyToAsync(Stream.Null, Stop));
        Assert.Equal(BackendFault.CircuitOpen, thrown.Fault);
        Assert.Single(Inner.Opened);
    }

    [Fact]
    public async Task Every_connection_is_closed_once()
    {
        var bodies = new List<BrokenBody>();
        foreach (var bytes in new[] { 10, 10, 10, 970 })
        {
            Inner.ThenBody(body =>
            {
                bodies.Add((BrokenBody)BrokenBody.Cut(bytes)(body));
                return bodies[^1];
            });
        }

        await ReadAsync();
        Assert.Equal(4, bodies.Count);
        Assert.All(bodies, body => Assert.Equal(1, body.Disposals));
    }

    private sealed class CountingTime : TimeProvider
    {
        public int Timers { get; private set; }

        public int Changes { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers++;
            return new CountingTimer(this);
        }

        private sealed class CountingTimer(CountingTime time) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                time.Changes++;
                return true;
            }

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
