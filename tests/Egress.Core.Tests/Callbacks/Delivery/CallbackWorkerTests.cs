using Egress.Callbacks.Delivery;
using Egress.Queues;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

/// <summary>The loops that deliver callbacks continue after every exception.</summary>
public sealed class CallbackWorkerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Failures => ["queue", "fault", "cancelled"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task The_worker_continues_after_any_exception_of_the_queue(string kind)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Failure = Failure(kind) });
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);
        failing!.Failures = 2;

        await fixture.RunUntilAsync(() => fixture.Logged(4000) == 1, Token);

        Assert.Equal(2, fixture.Logged(4030));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_delivery_that_cannot_be_completed_holds_no_slot_and_stops_no_other(string kind)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Failure = Failure(kind), OnlyCompletions = true });
        for (var i = 0; i < 40; i++)
        {
            await fixture.Queue.EnqueueAsync((CallbackFixture.Message() with { Id = $"msg_{i}" }).Write(), TimeSpan.Zero, Token);
        }

        failing!.Failures = 20; // more than the number of concurrent loops
        await fixture.RunUntilAsync(() => fixture.Receiver.Received.Select(static callback => callback.Id).Distinct().Count() == 40, Token);

        Assert.Equal(20, fixture.Logged(4031));
    }

    [Theory]
    [InlineData(200, 1)] // the message cannot be completed
    [InlineData(500, 2)] // the next attempt cannot be stored, and the message cannot be made visible again
    public async Task A_queue_that_does_not_answer_cannot_hold_up_a_stop(int status, int hanging)
    {
        FailingQueue? queue = null;
        await using var fixture = new CallbackFixture(around: inner => queue = new FailingQueue(inner) { Hangs = true, OnlyCompletions = status == 200 });
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);
        using var stop = new CancellationTokenSource();
        using var abort = new CancellationTokenSource();
        fixture.Receiver.Answer = _ =>
        {
            queue!.Failures = hanging;
            stop.Cancel(); // from now on the worker only stores the end of the running delivery
            return ScriptedReceiver.Status(status);
        };
        var run = fixture.Worker.RunAsync(stop.Token, abort.Token);
        await Eventually.UntilAsync(() => Task.FromResult(stop.IsCancellationRequested && queue!.Failures == hanging - 1), "a call that hangs", Token);

        Assert.False(run.IsCompleted);
        await abort.CancelAsync();
        while (!run.IsCompleted)
        {
            Token.ThrowIfCancellationRequested();
            fixture.Time.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Yield();
        }

        await run;
        Assert.Equal((0, 1), (queue!.Failures, fixture.Logged(4031)));
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_holds_a_slot_for_a_limited_time()
    {
        FailingQueue? queue = null;
        await using var fixture = new CallbackFixture(around: inner => queue = new FailingQueue(inner) { Hangs = true, OnlyCompletions = true, Failures = 20 });
        for (var i = 0; i < 40; i++)
        {
            await fixture.Queue.EnqueueAsync((CallbackFixture.Message() with { Id = $"msg_{i}" }).Write(), TimeSpan.Zero, Token);
        }

        await fixture.RunUntilAsync(() => fixture.Receiver.Received.Select(static callback => callback.Id).Distinct().Count() == 40, Token);
        Assert.InRange(fixture.Logged(4031), CallbackWorker.Parallelism, 40);
    }

    [Fact]
    public async Task The_background_service_ends_when_the_host_stops_it()
    {
        await using var fixture = new CallbackFixture();
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);
        var sending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Receiver.Answer = _ =>
        {
            sending.TrySetResult();
            return ScriptedReceiver.Status(200);
        };

        await fixture.Worker.StartAsync(Token);
        await sending.Task.WaitAsync(Token);
        await fixture.Worker.StopAsync(Token);

        Assert.Equal(1, fixture.Logged(4000));
        Assert.True(fixture.Worker.ExecuteTask!.IsCompletedSuccessfully);
    }

    private static Func<Exception> Failure(string kind) => kind switch
    {
        "queue" => static () => new QueueException("down", new IOException("scripted")),
        "fault" => static () => new InvalidOperationException("scripted"),
        _ => static () => new OperationCanceledException("scripted"),
    };
}
