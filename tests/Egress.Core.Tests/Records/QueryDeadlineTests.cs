using Egress.Backends;
using Egress.Records;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Records;

public class QueryDeadlineTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_caller_continues_at_the_limit_although_the_driver_does_not_react()
    {
        var never = new TaskCompletionSource<int>();
        CancellationToken seen = default;
        var running = Deadline(TimeSpan.FromSeconds(5)).RunAsync(token => { seen = token; return never.Task; }, Token).AsTask();

        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(seen.IsCancellationRequested);
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));

        var fault = await Assert.ThrowsAsync<BackendException>(() => running);
        Assert.Equal((Backend.Database, BackendFault.TimedOut), (fault.Backend, fault.Fault));
        Assert.Contains("db:5432 did not answer within 5s.", fault.Message, StringComparison.Ordinal);
        Assert.True(seen.IsCancellationRequested);
    }

    [Fact]
    public async Task A_caller_that_cancels_is_not_a_fault()
    {
        using var left = new CancellationTokenSource();
        var running = Deadline(TimeSpan.FromSeconds(5)).RunAsync(_ => new TaskCompletionSource<int>().Task, left.Token).AsTask();

        await left.CancelAsync();

        Assert.Equal(left.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).CancellationToken);
    }

    [Fact]
    public async Task Zero_is_no_limit()
    {
        var answer = new TaskCompletionSource<int>();
        var running = Deadline(TimeSpan.Zero).RunAsync(_ => answer.Task, Token).AsTask();

        _time.Advance(TimeSpan.FromDays(10));
        answer.SetResult(7);

        Assert.Equal(7, await running);
    }

    [Fact]
    public async Task A_fault_within_the_time_limit_is_thrown_unchanged()
    {
        var denied = new BackendException(Backend.Database, BackendFault.Denied, "no");

        Assert.Same(denied, await Assert.ThrowsAsync<BackendException>(
            async () => await Deadline(TimeSpan.FromSeconds(5)).RunAsync<int>(_ => Task.FromException<int>(denied), Token)));
    }

    private QueryDeadline Deadline(TimeSpan limit) => new(limit, _time, "db:5432");
}
