using Egress.Backends;
using Egress.Records;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Backends;

public sealed class CircuitBreakerTests
{
    private static readonly CircuitBreakerOptions Options = new() { Threshold = 5, OpenDuration = TimeSpan.FromSeconds(60), TrialCalls = 2 };

    private readonly FakeTimeProvider _time = new();
    private readonly StubStore _store = new();
    private readonly CircuitBreaker _breaker;
    private readonly ResilientRecordStore _calls;

    public CircuitBreakerTests() => (_breaker, _calls) = Create(Options);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private (CircuitBreaker Breaker, ResilientRecordStore Calls) Create(CircuitBreakerOptions options)
    {
        var breaker = new CircuitBreaker(Backend.Database, options, _time, NullLogger<CircuitBreaker>.Instance);
        return (breaker, new ResilientRecordStore(_store, breaker));
    }

    private async Task<BackendException> FailAsync(BackendFault fault = BackendFault.Unavailable)
    {
        _store.Answer = () => throw new BackendException(Backend.Database, fault, "It failed.");
        return await Assert.ThrowsAsync<BackendException>(async () => await _calls.FindAsync("a", Stop));
    }

    private async Task SucceedAsync()
    {
        _store.Answer = () => null;
        Assert.Null(await _calls.FindAsync("a", Stop));
    }

    private async Task OpenAsync()
    {
        for (var i = 0; i < Options.Threshold; i++)
        {
            await FailAsync();
        }

        Assert.Equal(CircuitState.Open, _breaker.State);
    }

    [Fact]
    public async Task Consecutive_failures_open_the_breaker_and_then_the_backend_is_not_called()
    {
        for (var i = 0; i < 4; i++)
        {
            await FailAsync();
        }

        Assert.Equal(CircuitState.Closed, _breaker.State);
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);
        Assert.Equal(CircuitState.Open, _breaker.State);

        _time.Advance(TimeSpan.FromSeconds(20));
        var calls = _store.Calls;
        var rejected = await FailAsync();
        Assert.Equal((BackendFault.CircuitOpen, Backend.Database), (rejected.Fault, rejected.Backend));
        Assert.Equal(TimeSpan.FromSeconds(40), rejected.RetryAfter);
        Assert.False(rejected.IsTransient);
        Assert.Equal(calls, _store.Calls);
    }

    [Theory]
    [InlineData(BackendFault.Throttled)]
    [InlineData(BackendFault.TimedOut)]
    [InlineData(BackendFault.Unavailable)]
    public async Task Each_fault_of_the_backend_counts(BackendFault fault)
    {
        for (var i = 0; i < 5; i++)
        {
            await FailAsync(fault);
        }

        Assert.Equal(CircuitState.Open, _breaker.State);
    }

    [Theory]
    [InlineData(BackendFault.Denied)]
    [InlineData(BackendFault.Malformed)]
    [InlineData(BackendFault.Changed)]
    public async Task Any_answer_is_not_a_failure(BackendFault fault)
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(fault, (await FailAsync(fault)).Fault);
        }

        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public async Task Missing_records_do_not_open_it_and_end_a_row_of_failures()
    {
        for (var i = 0; i < 100; i++)
        {
            await FailAsync();
            await FailAsync();
            await FailAsync();
            await FailAsync();
            await SucceedAsync();
        }

        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public async Task A_cancelled_call_neither_counts_nor_ends_a_row_of_failures()
    {
        for (var i = 0; i < 4; i++)
        {
            await FailAsync();
            _store.Answer = () => throw new OperationCanceledException();
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await _calls.FindAsync("a", Stop));
        }

        Assert.Equal(CircuitState.Closed, _breaker.State);
        await FailAsync();
        Assert.Equal(CircuitState.Open, _breaker.State);
    }

    [Fact]
    public async Task After_its_time_all_trial_calls_must_succeed_to_close_the_breaker()
    {
        await OpenAsync();
        _time.Advance(Options.OpenDuration);
        Assert.Equal(CircuitState.Open, _breaker.State);

        await SucceedAsync();
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        await SucceedAsync();
        Assert.Equal(CircuitState.Closed, _breaker.State);
        await FailAsync();
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public async Task A_failed_trial_call_opens_the_breaker_for_its_full_time_again()
    {
        await OpenAsync();
        _time.Advance(Options.OpenDuration);
        await SucceedAsync();
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);

        Assert.Equal(CircuitState.Open, _breaker.State);
        _time.Advance(Options.OpenDuration - TimeSpan.FromTicks(1));
        Assert.Equal(BackendFault.CircuitOpen, (await FailAsync()).Fault);
    }

    [Fact]
    public async Task No_more_trial_calls_run_at_once_than_allowed()
    {
        await OpenAsync();
        _time.Advance(Options.OpenDuration);
        var answer = new TaskCompletionSource<DownloadRecord?>();
        _store.Pending = answer.Task;
        var first = _calls.FindAsync("a", Stop);
        var second = _calls.FindAsync("b", Stop);
        var third = await Assert.ThrowsAsync<BackendException>(async () => await _calls.FindAsync("c", Stop));
        Assert.Equal(BackendFault.CircuitOpen, third.Fault);
        Assert.True(third.RetryAfter > TimeSpan.Zero);

        answer.SetResult(null);
        await first;
        await second;
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public async Task A_cancelled_trial_call_makes_room_for_another()
    {
        await OpenAsync();
        _time.Advance(Options.OpenDuration);
        for (var i = 0; i < 5; i++)
        {
            _store.Answer = () => throw new OperationCanceledException();
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await _calls.FindAsync("a", Stop));
        }

        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
        await SucceedAsync();
        await SucceedAsync();
        Assert.Equal(CircuitState.Closed, _breaker.State);
    }

    [Fact]
    public async Task Calls_from_before_the_breaker_opened_have_no_effect_on_it_afterwards()
    {
        var slow = new TaskCompletionSource<DownloadRecord?>();
        _store.Pending = slow.Task;
        var early = _calls.FindAsync("early", Stop);
        _store.Pending = null;
        await OpenAsync();
        _time.Advance(Options.OpenDuration);
        await SucceedAsync();

        slow.SetException(new BackendException(Backend.Database, BackendFault.Unavailable, "Late."));
        await Assert.ThrowsAsync<BackendException>(async () => await early);
        Assert.Equal(CircuitState.HalfOpen, _breaker.State);
    }

    [Fact]
    public async Task A_breaker_without_a_threshold_never_opens()
    {
        var (breaker, calls) = Create(Options with { Threshold = 0 });
        _store.Answer = () => throw new BackendException(Backend.Database, BackendFault.Unavailable, "It failed.");
        for (var i = 0; i < 100; i++)
        {
            await Assert.ThrowsAsync<BackendException>(async () => await calls.FindAsync("a", Stop));
        }

        Assert.Equal((CircuitState.Closed, 100), (breaker.State, _store.Calls));
    }

    private sealed class StubStore : IRecordStore
    {
        public Func<DownloadRecord?> Answer { get; set; } = () => null;

        public Task<DownloadRecord?>? Pending { get; set; }

        public int Calls { get; private set; }

        public async ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken)
        {
            Calls++;
            return Pending is null ? Answer() : await Pending;
        }
    }
}
