using Egress.Callbacks;
using Egress.Downloads;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Outbox;

/// <summary>Callbacks that the queue does not accept. The spool has a writable disk, a full disk, or no disk.</summary>
public sealed class CallbackSpoolTests
{
    private const int Downloads = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_disk_holds_callbacks_in_memory_and_the_running_process_delivers_all(bool hasSpool)
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue), withSpool: hasSpool);
        await File.WriteAllTextAsync(fixture.SpoolFolder, "in the way", Token); // the folder cannot be created, which has the same effect as a full disk
        failing!.Failures = int.MaxValue;
        await EndDownloadsAsync(fixture);

        Assert.Equal((Downloads, Downloads, 0), (fixture.Spool.InMemory, fixture.Logged(4011), fixture.Logged(4010)));
        var unready = await fixture.Check.CheckHealthAsync(new HealthCheckContext(), Token);
        Assert.Equal(HealthStatus.Unhealthy, unready.Status);
        Assert.Contains("30 callbacks are only in the memory", unready.Description, StringComparison.Ordinal);
        Assert.Equal(Downloads, fixture.Metrics.All()["egress_callback_queue_messages{queue=unsent}"]);

        failing.Failures = 0;
        await fixture.RunUntilAsync(() => fixture.Logged(4000) == Downloads, Token);

        Assert.Equal(Downloads, fixture.Receiver.Received.Select(static callback => CallbackPayload.Read(callback.Body).Id).Distinct().Count());
        Assert.Equal(Downloads, fixture.Logged(4012));
        fixture.Time.Advance(TimeSpan.FromSeconds(10)); // until the health check measures the queue again
        Assert.Equal(HealthStatus.Healthy, (await fixture.Check.CheckHealthAsync(new HealthCheckContext(), Token)).Status);
        Assert.Equal(0, fixture.Metrics.All()["egress_callback_queue_messages{queue=unsent}"]);
        Assert.Equal(0, fixture.Metrics.All()["egress_callbacks_total{status=failure}"]);
    }

    [Fact]
    public async Task A_disk_that_is_writable_again_stores_the_callbacks_in_memory_while_the_queue_is_still_unavailable()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue));
        await File.WriteAllTextAsync(fixture.SpoolFolder, "in the way", Token);
        failing!.Failures = int.MaxValue;
        await EndDownloadsAsync(fixture);
        File.Delete(fixture.SpoolFolder);

        await fixture.RunUntilAsync(() => fixture.Spool.InMemory == 0, Token);

        Assert.Equal(Downloads, fixture.Spool.Count);
        Assert.Equal(HealthStatus.Degraded, (await fixture.Check.CheckHealthAsync(new HealthCheckContext(), Token)).Status);
    }

    [Fact]
    public async Task At_the_end_of_the_process_the_log_holds_every_callback_that_was_not_stored()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue), withSpool: false);
        failing!.Failures = int.MaxValue;
        await EndDownloadsAsync(fixture);

        await fixture.SpoolWorker.StopAsync(Token);

        var stranded = fixture.Log.Collector.GetSnapshot().Where(static record => record.Id.Id == 4013).ToList();
        Assert.Equal(Downloads, stranded.Count);
        Assert.All(stranded, static record => Assert.NotNull(CallbackMessage.TryRead(record.GetStructuredStateValue("Message")!)));
        Assert.Equal(Downloads, fixture.Metrics.All()["egress_callbacks_total{status=failure}"]);
    }

    [Fact]
    public async Task The_memory_for_callbacks_is_bounded_and_the_log_holds_the_rest()
    {
        FailingQueue? failing = null;
        await using var fixture = new CallbackFixture(around: queue => failing = new FailingQueue(queue), withSpool: false);
        failing!.Failures = int.MaxValue;
        var large = CallbackFixture.Message() with { Body = new string('x', Egress.Callbacks.Outbox.CallbackSpool.MostInMemory / 4) };

        for (var i = 0; i < 4; i++)
        {
            var put = fixture.Outbox.PutAsync(large with { Id = $"msg_{i}" }, Token);
            await WithTimeAsync(fixture, put);
        }

        Assert.Equal((3, 3, 1), (fixture.Spool.InMemory, fixture.Logged(4011), fixture.Logged(4013)));
    }

    private static async Task EndDownloadsAsync(CallbackFixture fixture)
    {
        for (var i = 0; i < Downloads; i++)
        {
            await using var callback = await fixture.Outbox.BeginAsync(CallbackFixture.Plan($"record-{i}"), $"request-{i}", Interrupted);
            await WithTimeAsync(fixture, callback!.EndAsync(CallbackPayloadTests.Outcome(DownloadStatus.Completed)));
        }
    }

    private static DownloadOutcome Interrupted() => CallbackPayloadTests.Outcome(DownloadStatus.Failed, FailureReason.Interrupted, 0);

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
