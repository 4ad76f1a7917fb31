using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Resilience;
using Xunit;

namespace Egress.Core.Tests.Storage.Resilience;

public sealed class ResilientStorageTests
{
    private static readonly TimeSpan Limit = new ResilienceOptions().FetchTimeout;

    private readonly ResilienceFixture _fixture = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ScriptedStorage Inner => _fixture.Inner;

    private async Task<ObjectProperties?> LookUpAsync() => await _fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop);

    private async Task<BackendException> FailAsync() => await Assert.ThrowsAsync<BackendException>(LookUpAsync);

    [Theory]
    [InlineData(BackendFault.Throttled)]
    [InlineData(BackendFault.TimedOut)]
    [InlineData(BackendFault.Unavailable)]
    public async Task A_temporary_fault_is_retried(BackendFault fault)
    {
        Inner.ThenFail(fault).ThenFail(fault);
        Assert.NotNull(await LookUpAsync());
        Assert.Equal((3, 2), (Inner.Calls, _fixture.Retries.Total));
    }

    [Theory]
    [InlineData(BackendFault.Denied)]
    [InlineData(BackendFault.Malformed)]
    [InlineData(BackendFault.Changed)]
    public async Task A_permanent_fault_is_not_retried(BackendFault fault)
    {
        Inner.ThenFail(fault);
        Assert.Equal(fault, (await FailAsync()).Fault);
        Assert.Equal((1, 0), (Inner.Calls, _fixture.Retries.Total));
    }

    [Fact]
    public async Task A_missing_object_is_requested_once()
    {
        Inner.Missing = true;
        Assert.Null(await LookUpAsync());
        Assert.Null(await _fixture.Storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop));
        Assert.Equal(2, Inner.Calls);
    }

    [Fact]
    public async Task A_lasting_fault_fails_after_its_retries_with_the_last_fault()
    {
        Inner.ThenFail(BackendFault.TimedOut).ThenFail(BackendFault.TimedOut).ThenFail(BackendFault.TimedOut).ThenFail(BackendFault.Unavailable);
        Assert.Equal(BackendFault.Unavailable, (await FailAsync()).Fault);
        Assert.Equal((4, 3), (Inner.Calls, _fixture.Retries.Total));
    }

    [Fact]
    public async Task The_first_fault_is_final_without_retries()
    {
        var fixture = new ResilienceFixture(new ResilienceOptions { MaxRetries = 0 });
        fixture.Inner.ThenFail(BackendFault.Unavailable);
        await Assert.ThrowsAsync<BackendException>(async () => await fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop));
        Assert.Equal(1, fixture.Inner.Calls);
    }

    [Fact]
    public async Task A_retry_comes_after_a_delay()
    {
        var fixture = new ResilienceFixture(new ResilienceOptions { RetryDelay = TimeSpan.FromSeconds(1) });
        fixture.Inner.ThenFail(BackendFault.Unavailable);
        var call = fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop).AsTask();
        Assert.Equal(1, fixture.Inner.Calls);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.NotNull(await call);
        Assert.Equal(2, fixture.Inner.Calls);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(3600, 30)]
    public async Task A_retry_delay_of_the_server_is_kept_up_to_a_limit(int asked, int waited)
    {
        Inner.ThenFail(BackendFault.Throttled, TimeSpan.FromSeconds(asked));
        var call = LookUpAsync();
        _fixture.Time.Advance(TimeSpan.FromSeconds(waited) - TimeSpan.FromTicks(1));
        Assert.Equal(1, Inner.Calls);
        _fixture.Time.Advance(TimeSpan.FromTicks(1));
        Assert.NotNull(await call);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_abandoned_and_retried()
    {
        Inner.ThenStall();
        var call = LookUpAsync();
        await Inner.StalledAsync();
        _fixture.Time.Advance(Limit);
        Assert.NotNull(await call);
        Assert.Equal((2, 1), (Inner.Calls, _fixture.Retries.Total));
    }

    [Fact]
    public async Task A_storage_that_never_answers_is_a_timeout()
    {
        Inner.ThenStall().ThenStall().ThenStall().ThenStall();
        var call = FailAsync();
        for (var tries = 1; tries <= 4; tries++)
        {
            await Inner.StalledAsync();
            _fixture.Time.Advance(Limit);
        }

        Assert.Equal(BackendFault.TimedOut, (await call).Fault);
        Assert.Equal(4, Inner.Calls);
    }

    [Fact]
    public async Task All_retries_together_have_a_limit_too()
    {
        var fixture = new ResilienceFixture(new ResilienceOptions { OperationTimeout = TimeSpan.FromSeconds(90), RetryDelay = TimeSpan.Zero });
        fixture.Inner.ThenStall().ThenStall();
        var call = Assert.ThrowsAsync<BackendException>(async () => await fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop));
        await fixture.Inner.StalledAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(60));
        await fixture.Inner.StalledAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(BackendFault.TimedOut, (await call).Fault);
        Assert.Equal(2, fixture.Inner.Calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(86_400_000 * 3L)]
    public async Task Every_limit_can_be_set(long milliseconds)
    {
        var limit = TimeSpan.FromMilliseconds(milliseconds);
        var fixture = new ResilienceFixture(new ResilienceOptions { FetchTimeout = limit, OperationTimeout = limit, RetryDelay = TimeSpan.FromHours(1) });
        Assert.NotNull(await fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop));
    }

    [Fact]
    public async Task A_caller_that_cancels_ends_the_wait_and_is_not_a_fault()
    {
        using var client = new CancellationTokenSource();
        Inner.ThenStall();
        var call = _fixture.Storage.LookUpAsync(ScriptedStorage.Location, client.Token).AsTask();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((1, 0), (Inner.Calls, _fixture.Retries.Total));
    }

    [Fact]
    public async Task One_failure_of_the_breaker_is_one_operation_with_all_its_retries()
    {
        for (var operation = 1; operation <= 5; operation++)
        {
            Assert.Equal(CircuitState.Closed, _fixture.Breaker.State);
            Inner.ThenFail(BackendFault.Unavailable).ThenFail(BackendFault.Unavailable)
                .ThenFail(BackendFault.Unavailable).ThenFail(BackendFault.Unavailable);
            await FailAsync();
        }

        Assert.Equal((CircuitState.Open, 20), (_fixture.Breaker.State, Inner.Calls));
        Assert.Equal(BackendFault.CircuitOpen, (await FailAsync()).Fault);
        Assert.Equal(20, Inner.Calls);
    }

    [Fact]
    public async Task A_timeout_counts_as_a_failure_and_a_missing_object_does_not()
    {
        var fixture = new ResilienceFixture(new ResilienceOptions { MaxRetries = 0 });
        for (var i = 0; i < 5; i++)
        {
            fixture.Inner.ThenStall();
            var call = fixture.Storage.LookUpAsync(ScriptedStorage.Location, Stop).AsTask();
            await fixture.Inner.StalledAsync();
            fixture.Time.Advance(Limit);
            await Assert.ThrowsAsync<BackendException>(() => call);
        }

        Assert.Equal(CircuitState.Open, fixture.Breaker.State);

        Inner.Missing = true;
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await LookUpAsync());
        }

        Assert.Equal(CircuitState.Closed, _fixture.Breaker.State);
    }

    [Fact]
    public async Task A_failed_page_is_requested_again_without_losing_the_others()
    {
        Inner.ThenSucceed().ThenFail(BackendFault.Unavailable).ThenFail(BackendFault.Throttled);
        var keys = await _fixture.Storage.ListAsync(new ObjectPrefix("bucket", ""), Stop).Select(found => found.Location.Key).ToListAsync(Stop);

        Assert.Equal(["0a", "0b", "1a", "1b", "2a", "2b"], keys);
        Assert.Equal([null, "1", "1", "1", "2"], Inner.Pages);
    }

    [Fact]
    public async Task Local_bodies_are_passed_on_unchanged()
    {
        var body = new MemoryStream();
        var inner = new ScriptedStorage { IsRemote = false };
        var fixture = new ResilienceFixture();
        var storage = new Egress.Storage.Resilience.ResilientStorage(
            inner.ThenBody(_ => body),
            new(new ResilienceOptions(), fixture.Breaker, fixture.Retries, fixture.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance));

        await using var opened = await storage.OpenAsync(ScriptedStorage.Location, ObjectRange.All, Stop);
        Assert.Same(body, opened!.Content);
        Assert.False(storage.IsRemote);
        Assert.True(_fixture.Storage.IsRemote);
    }
}
