using Egress.Callbacks;
using Egress.Downloads;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Outbox;

public sealed class CallbackLeaseTests
{
    /// <summary>The time limit in milliseconds of tests in which a queue never answers.</summary>
    private const int Hung = 60_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_without_callback_has_none()
    {
        await using var fixture = new CallbackFixture();
        Assert.Null(await fixture.Outbox.BeginAsync(CallbackFixture.Plan(url: null), "r", Running));
        Assert.Null(await fixture.Outbox.BeginAsync(CallbackFixture.Plan(url: " "), "r", Running));
        Assert.Null(await fixture.Outbox.BeginAsync(CallbackFixture.Plan(url: "http://h/" + new string('a', 9000)), "r", Running));
        Assert.Equal(1, fixture.Logged(4022));
    }

    [Fact]
    public async Task The_lease_becomes_the_final_message_under_the_same_id()
    {
        await using var fixture = new CallbackFixture();
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        Assert.Empty(await VisibleAsync(fixture));

        await callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed));

        var (_, payload) = Assert.Single(await VisibleAsync(fixture));
        Assert.Equal(("completed", null, null), (payload.Status, payload.Reason, payload.Supersedes));
    }

    [Fact]
    public async Task No_callback_appears_while_the_download_runs()
    {
        await using var fixture = new CallbackFixture();
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        for (var i = 0; i < 50; i++)
        {
            var before = await LeaseVisibleAtAsync(fixture);
            fixture.Time.Advance(fixture.Options.Lease / 5);
            await UntilAsync(async () => await LeaseVisibleAtAsync(fixture) > before);
            Assert.Empty(await VisibleAsync(fixture));
        }
    }

    [Fact]
    public async Task The_lease_of_a_killed_process_says_interrupted()
    {
        await using var fixture = new CallbackFixture();
        var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        await callback!.DisposeAsync(); // stops renewing the lease without ending it, as if the process had died

        fixture.Time.Advance(fixture.Options.Lease);

        var (_, payload) = Assert.Single(await VisibleAsync(fixture));
        Assert.Equal(("failed", "interrupted", 1), (payload.Status, payload.Reason, payload.FilesSucceeded));
    }

    [Fact]
    public async Task A_final_message_after_the_lease_was_taken_has_a_new_id_and_supersedes_the_lease()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue));
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        failing!.Failures = int.MaxValue;
        fixture.Time.Advance(fixture.Options.Lease);
        await UntilAsync(() => Task.FromResult(fixture.Logged(4021) > 0));
        failing.Failures = 0;
        var (lease, interrupted) = Assert.Single(await VisibleAsync(fixture));

        await callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed));

        var (final, payload) = Assert.Single(await VisibleAsync(fixture));
        Assert.Equal(("interrupted", "completed"), (interrupted.Reason, payload.Status));
        Assert.NotEqual(lease.Id, final.Id);
        Assert.Equal(lease.Id, payload.Supersedes);
    }

    [Fact]
    public async Task A_short_fault_of_the_queue_loses_nothing()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue));
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);

        failing!.Failures = 3;
        await WithTimeAsync(fixture, callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed)));

        Assert.Equal("completed", Assert.Single(await VisibleAsync(fixture)).Payload.Status);
        Assert.Equal((0, 0), (fixture.Logged(4010), fixture.Logged(4011)));
    }

    [Fact]
    public async Task A_queue_that_is_unavailable_throughout_fails_no_download_and_the_spool_delivers_later()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue));
        failing!.Failures = int.MaxValue;
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);

        await WithTimeAsync(fixture, callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed)));
        Assert.Equal((1, 0), (fixture.Logged(4010), fixture.Logged(4011)));

        failing.Failures = 0;
        await fixture.RunUntilAsync(() => fixture.Logged(4000) == 1, Token);
        var received = Assert.Single(fixture.Receiver.Received);
        Assert.Equal("completed", CallbackPayload.Read(received.Body).Status);
    }

    [Fact]
    public async Task The_log_holds_everything_that_a_replay_needs_if_there_is_no_spool()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue), withSpool: false);
        failing!.Failures = int.MaxValue;
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        await WithTimeAsync(fixture, callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed)));

        var record = fixture.Log.Collector.GetSnapshot().Single(record => record.Id.Id == 4011);
        Assert.Equal(LogLevel.Critical, record.Level);
        failing.Failures = 0;
        await fixture.Undelivered.ReplayMessageAsync(record.GetStructuredStateValue("Message")!, Token);
        Assert.Equal("completed", Assert.Single(await VisibleAsync(fixture)).Payload.Status);
        await Assert.ThrowsAsync<CallbackMessageException>(() => fixture.Undelivered.ReplayMessageAsync("something", Token));
    }

    [Fact]
    public async Task A_lease_that_was_not_confirmed_is_added_again_with_the_next_renewal_and_superseded_at_the_end()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { ButDoesIt = true });
        failing!.Failures = 1;
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        fixture.Time.Advance(fixture.Options.Lease / 5);
        await UntilAsync(() => Task.FromResult(failing.Leases == 2));

        await callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed));
        fixture.Time.Advance(fixture.Options.Lease);

        var messages = await VisibleAsync(fixture);
        var completed = messages.Single(message => message.Payload.Status == "completed");
        var interrupted = messages.Single(message => message.Payload.Status == "failed");
        Assert.NotEqual(interrupted.Message.Id, completed.Message.Id);
        Assert.Equal(interrupted.Message.Id, completed.Payload.Supersedes);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(5, true)]
    [InlineData(1, false)]
    [InlineData(3, false)]
    public async Task The_end_supersedes_every_lease_that_the_queue_may_hold(int doubtful, bool lastIsHeld)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { ButDoesIt = true });
        failing!.Failures = doubtful;
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        for (var leases = 2; leases <= doubtful + (lastIsHeld ? 1 : 0); leases++)
        {
            fixture.Time.Advance(fixture.Options.Lease / 5);
            var expected = leases;
            await UntilAsync(() => Task.FromResult(failing.Leases == expected));
        }

        await callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed));
        fixture.Time.Advance(fixture.Options.Lease);

        var messages = await VisibleAsync(fixture);
        var completed = messages.Single(message => message.Payload.Status == "completed");
        var interrupted = messages.Where(message => message.Payload.Status == "failed").ToList();
        Assert.Equal(doubtful, interrupted.Count);
        Assert.All(interrupted, message => Assert.Equal(completed.Payload.Supersedes, message.Message.Id));
        Assert.NotEqual(completed.Payload.Supersedes, completed.Message.Id);
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_does_not_keep_the_client_waiting()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Hangs = true });
        failing!.Failures = 1;
        var beginning = fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        await WithTimeAsync(fixture, beginning);
        await using var callback = await beginning;

        // Renewals may fail more than once, depending on how far the clock advances.
        Assert.InRange(fixture.Logged(4021), 1, int.MaxValue);
    }

    /// <param name="hangsFrom">When the queue stops answering: at the start of the download, during a renewal, or at its end.</param>
    /// <param name="withSpool">Whether the process has a disk for the spool.</param>
    [Theory(Timeout = Hung)]
    [InlineData("begin", true)]
    [InlineData("begin", false)]
    [InlineData("renewal", true)]
    [InlineData("renewal", false)]
    [InlineData("end", true)]
    [InlineData("end", false)]
    public async Task The_end_is_kept_when_the_queue_does_not_answer(string hangsFrom, bool withSpool)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Hangs = true }, withSpool: withSpool);
        failing!.Failures = hangsFrom == "begin" ? int.MaxValue : 0;
        var beginning = fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        await WithTimeAsync(fixture, beginning);
        await using var callback = await beginning;
        failing.Failures = int.MaxValue;
        if (hangsFrom == "renewal")
        {
            fixture.Time.Advance(fixture.Options.Lease / 5);
            await UntilAsync(() => Task.FromResult(failing.Failures < int.MaxValue));
        }

        await WithTimeAsync(fixture, callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed)));

        Assert.Equal(withSpool ? (1, 0) : (0, 1), (fixture.Logged(4010), fixture.Logged(4011)));
        Assert.Equal(1, fixture.Spool.Count);
        failing.Failures = 0;
        await fixture.Spool.MoveToAsync(fixture.Queue, TestContext.Current.CancellationToken);
        var (message, payload) = Assert.Single(await VisibleAsync(fixture), static received => received.Payload.Status == "completed");
        Assert.NotNull(payload.Supersedes); // the queue may contain a lease
        Assert.NotEqual(message.Id, payload.Supersedes);
    }

    [Theory(Timeout = Hung)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_ending_process_waits_one_second_for_a_queue_that_does_not_answer(bool interruptedBefore)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Hangs = true });
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        failing!.Failures = int.MaxValue;
        if (interruptedBefore)
        {
            fixture.Gate.Interrupt();
        }

        var ending = callback!.EndAsync(Running());
        fixture.Gate.Interrupt();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await ending.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), (fixture.Logged(4010), Directory.GetFiles(fixture.SpoolFolder).Length));
    }

    [Fact]
    public async Task An_ending_process_puts_final_messages_on_a_queue_that_answers()
    {
        await using var fixture = new CallbackFixture();
        await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        fixture.Gate.Interrupt();

        await callback!.EndAsync(Running());

        var (_, payload) = Assert.Single(await VisibleAsync(fixture));
        Assert.Equal(("interrupted", null), (payload.Reason, payload.Supersedes));
        Assert.Equal(0, fixture.Spool.Count);
    }

    [Fact(Timeout = Hung)]
    public async Task A_lease_that_is_abandoned_does_not_wait_for_a_renewal_that_hangs()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue) { Hangs = true });
        var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan(), "r", Running);
        failing!.Failures = 1;
        fixture.Time.Advance(fixture.Options.Lease / 5);
        await UntilAsync(() => Task.FromResult(failing.Failures == 0));

        await callback!.DisposeAsync().AsTask().WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, fixture.Spool.Count);
    }

    private static DownloadOutcome Running() => CallbackPayloadTests.Outcome(DownloadStatus.Failed, FailureReason.Interrupted, 1);

    /// <summary>Takes all visible messages from the queue.</summary>
    private static async Task<List<(CallbackMessage Message, CallbackPayload Payload)>> VisibleAsync(CallbackFixture fixture)
    {
        var received = await fixture.Queue.ReceiveAsync(32, TimeSpan.FromDays(7), Token);
        return [.. received.Select(message => CallbackMessage.TryRead(message.Text)!).Select(message => (message, CallbackPayload.Read(message.Body)))];
    }

    private static async Task<long> LeaseVisibleAtAsync(CallbackFixture fixture) => await fixture.VisibleAtAsync(Token);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Advances the clock until the task completes.</summary>
    private static async Task WithTimeAsync(CallbackFixture fixture, Task task)
    {
        while (!task.IsCompleted)
        {
            Token.ThrowIfCancellationRequested();
            fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await task;
    }
}
