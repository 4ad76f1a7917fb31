using Egress.Backends;
using Egress.Callbacks;
using Egress.Deliveries;
using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

/// <summary>Callbacks of deliveries when the store or the queue fails, or when a process dies between two steps.</summary>
public sealed class DeliveryFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task If_a_process_dies_before_the_end_is_on_the_queue_another_one_reports_it()
    {
        // Much longer than the clock advances while calls of the queue are retried.
        var month = TimeSpan.FromDays(30);
        await using var fixture = new DeliveryFixture(new CallbackOptions { Lease = month, ResumeWindow = month });
        fixture.Queue.IsDown = true;
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await PumpAsync(fixture, fixture["A"].EndAsync("one"));
        await fixture["A"].DieAsync();
        Assert.Equal(1, fixture.Logged(4042));
        fixture.Queue.IsDown = false;

        await fixture["B"].Sweep.SweepAsync(Token);
        Assert.Empty(fixture.Reported); // instance A still has the exclusive right to report it
        await fixture.WaitAsync(fixture.Options.Lease);

        Assert.Equal(["completed"], fixture.Reported);
        await fixture.WaitAsync(TimeSpan.FromDays(8));
        Assert.Single(fixture.Queue.Messages);
        Assert.Empty(fixture.Store.Rows);
    }

    [Fact]
    public async Task If_a_process_dies_before_the_store_is_updated_the_callback_is_repeated_with_the_same_id()
    {
        await using var fixture = new DeliveryFixture();
        await fixture["A"].StartAsync("one", 0, 60, fixture.ETag);
        await fixture["A"].EndAsync("one");
        await fixture["A"].StartAsync("two", 60, null, fixture.ETag);
        fixture.Queue.Added = () => fixture.Store.Faults.Enqueue(BackendFault.Unavailable);
        await fixture["A"].EndAsync("two");
        fixture.Queue.Added = null;
        await fixture["A"].DieAsync();

        _ = fixture["B"];
        await fixture.WaitAsync(TimeSpan.FromHours(2));

        Assert.Equal(2, fixture.Queue.Messages.Count);
        Assert.Equal(fixture.Queue.Messages[0], fixture.Queue.Messages[1]);
    }

    [Fact]
    public async Task Of_many_instances_that_sweep_at_the_same_time_one_reports()
    {
        await using var fixture = new DeliveryFixture();
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await fixture["A"].EndAsync("one", at: 10);
        fixture.Time.Advance(fixture.Options.ResumeWindow);

        var instances = Enumerable.Range(0, 8).Select(i => fixture[$"B{i}"]).ToList();
        await Task.WhenAll(instances.Select(instance => Task.Run(() => instance.Sweep.SweepAsync(Token), Token)));

        Assert.Single(fixture.Queue.Messages);
        Assert.Equal(1, fixture.Metrics.NotZero()["egress_deliveries_total{status=failed}"]);
    }

    [Fact]
    public async Task Parts_that_end_at_the_same_time_on_many_instances_are_reported_once()
    {
        await using var fixture = new DeliveryFixture();
        var instances = Enumerable.Range(0, 8).Select(i => fixture[$"A{i}"]).ToList();
        await Task.WhenAll(Enumerable.Range(0, DeliveryFixture.Length).Select(i => Task.Run(
            async () =>
            {
                var instance = instances[i % instances.Count];
                var callback = await instance.Tracker.BeginAsync(
                    fixture.Plan(fixture.ETag), new(i * DeliveryFixture.Unit, (i + 1) * DeliveryFixture.Unit), isOpen: false, $"{i}", static () => throw new NotSupportedException());
                await callback!.EndAsync(Completed());
                await callback.DisposeAsync();
            },
            Token)));

        Assert.Equal(["completed resumed"], fixture.Reported);
        Assert.Single(fixture.Queue.Messages);
        Assert.InRange(fixture.Store.Writes, 1, DeliveryFixture.Length + 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_statement_whose_success_is_unknown_is_repeated_and_no_end_is_reported_twice(bool butDoesIt)
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.ButDoesIt = butDoesIt;
        fixture.Store.Faults.Enqueue(BackendFault.TimedOut);
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        fixture.Store.Faults.Enqueue(BackendFault.TimedOut);
        fixture.Store.Faults.Enqueue(BackendFault.Unavailable);
        await RetryAsync(fixture, fixture["A"].EndAsync("one"));

        await fixture.WaitAsync(TimeSpan.FromHours(2));
        Assert.Equal(["completed"], fixture.Reported);
        Assert.Single(fixture.Queue.Messages);
    }

    [Fact]
    public async Task An_account_that_may_not_write_leads_to_a_callback_for_each_response()
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.Faults.Enqueue(BackendFault.Denied);
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await fixture["A"].EndAsync("one", at: 50);
        await fixture["A"].StartAsync("part", 50, 60, fixture.ETag);
        await fixture["A"].EndAsync("part");
        await fixture["A"].StartAsync("two", 60, null, fixture.ETag);
        await fixture["A"].EndAsync("two");
        await fixture["A"].Sweep.SweepAsync(Token);

        Assert.Equal(["failed client_disconnected", "completed resumed"], fixture.Reported);
        Assert.Equal((1, 2), (fixture.Logged(4040), fixture.Queue.Leases));
        Assert.Empty(fixture.Store.Rows);
    }

    [Fact]
    public async Task A_right_that_returns_is_used_after_a_pause()
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.Faults.Enqueue(BackendFault.Denied);
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await fixture["A"].EndAsync("one");
        await fixture["A"].StartAsync("two", 0, null, fixture.ETag);
        Assert.Empty(fixture.Store.Rows);
        await fixture["A"].EndAsync("two");

        fixture.Time.Advance(DeliveryTracker.RefusalPause);
        await fixture["A"].StartAsync("three", 0, null, fixture.ETag);
        Assert.Single(fixture.Store.Rows);
        await fixture["A"].EndAsync("three");
        Assert.Equal((3, 1), (fixture.Reported.Count, fixture.Logged(4040)));
    }

    [Fact]
    public async Task An_answer_that_cannot_be_understood_concerns_one_delivery()
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.Faults.Enqueue(BackendFault.Malformed);
        await fixture["A"].StartAsync("one", 0, null, "\"one\"");
        await fixture["A"].StartAsync("two", 0, null, "\"two\"");
        Assert.Single(fixture.Store.Rows);
        await fixture["A"].EndAsync("one");
        await fixture["A"].EndAsync("two");
        Assert.Equal(["completed", "completed"], fixture.Reported);
        Assert.Equal((0, 1), (fixture.Logged(4040), fixture.Logged(4043)));
    }

    [Fact]
    public async Task A_delivery_that_cannot_be_read_at_its_end_is_reported_at_once()
    {
        await using var fixture = new DeliveryFixture();
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        fixture.Store.Faults.Enqueue(BackendFault.Malformed);
        await fixture["A"].EndAsync("one");
        Assert.Equal(["completed"], fixture.Reported);
    }

    [Fact]
    public async Task A_right_that_is_missing_first_at_the_end_of_a_slice_loses_no_callback()
    {
        await using var fixture = new DeliveryFixture();
        fixture.Store.Faults.Enqueue(BackendFault.Denied);
        await fixture["A"].StartAsync("last", 90, 100, fixture.ETag);
        await fixture["A"].EndAsync("last");
        Assert.Equal(["completed resumed"], fixture.Reported);
        Assert.Equal((1, 1), (fixture.Logged(4040), fixture.Logged(4044)));
    }

    [Theory]
    [InlineData(BackendFault.Unavailable)]
    [InlineData(BackendFault.Denied)]
    public async Task A_store_that_fails_for_long_gets_the_end_when_it_works_again(BackendFault failure)
    {
        await using var fixture = new DeliveryFixture();
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        foreach (var fault in Enumerable.Repeat(failure, 1000))
        {
            fixture.Store.Faults.Enqueue(fault);
        }

        await RetryAsync(fixture, fixture["A"].EndAsync("one"));
        Assert.Empty(fixture.Reported);
        fixture.Store.Faults.Clear();
        fixture.Time.Advance(TrackedResponse.LateRetryDelay);
        while (fixture.Reported.Count == 0)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await fixture.WaitAsync(TimeSpan.FromHours(2));
        Assert.Equal(["completed"], fixture.Reported);
        Assert.Single(fixture.Queue.Messages);
    }

    [Fact]
    public async Task A_store_that_fails_from_the_beginning_loses_no_callback()
    {
        await using var fixture = new DeliveryFixture();
        foreach (var fault in Enumerable.Repeat(BackendFault.Unavailable, 1000))
        {
            fixture.Store.Faults.Enqueue(fault);
        }

        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await RetryAsync(fixture, fixture["A"].EndAsync("one"));
        Assert.Equal(["completed"], fixture.Reported);
        Assert.Equal(1, fixture.Logged(4044));
    }

    [Theory]
    [InlineData(null, 3600)]
    [InlineData("\"etag\"", 0)]
    public async Task Each_response_is_reported_for_an_archive_that_cannot_be_resumed_and_with_a_window_of_zero(string? etag, int window)
    {
        await using var fixture = new DeliveryFixture(new CallbackOptions { ResumeWindow = TimeSpan.FromSeconds(window) });
        await fixture["A"].StartAsync("one", 0, null, etag);
        await fixture["A"].EndAsync("one", at: 50);
        await fixture["A"].StartAsync("two", 0, null, etag);
        await fixture["A"].EndAsync("two");
        await fixture["A"].Sweep.SweepAsync(Token);

        Assert.Equal(["failed client_disconnected", "completed"], fixture.Reported);
        Assert.Equal(0, fixture.Store.Writes);
        Assert.Equal(2, fixture.Queue.Leases);
    }

    [Fact]
    public async Task The_callback_counts_bytes_files_and_time_of_the_whole_delivery()
    {
        await using var fixture = new DeliveryFixture { Missing = 1 };
        await fixture["A"].StartAsync("one", 0, null, fixture.ETag);
        await fixture["A"].EndAsync("one", at: 35);
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        await fixture["A"].StartAsync("two", 30, null, fixture.ETag);
        await fixture["A"].EndAsync("two");

        fixture.ETag = "\"other\"";
        await fixture["A"].StartAsync("three", 0, null, fixture.ETag);
        await fixture["A"].EndAsync("three", at: 35);
        await fixture.WaitAsync(TimeSpan.FromHours(1));

        var (partial, failed) = (fixture.Payloads[0], fixture.Payloads[1]);
        Assert.Equal(("partial", "1 of 10 files do not exist", 600_000L), (partial.Status, partial.Message, partial.DurationMs));
        Assert.Equal((10, 9, 100 * DeliveryFixture.Unit), (partial.FileCount, partial.FilesSucceeded, partial.CompressedSizeBytes));
        Assert.Equal(("request two", "request three"), (partial.RequestId, failed.RequestId));
        Assert.Equal((10, 3, 35 * DeliveryFixture.Unit), (failed.FileCount, failed.FilesSucceeded, failed.CompressedSizeBytes));
    }

    [Fact]
    public async Task A_sweep_is_bounded_and_the_next_one_continues()
    {
        await using var fixture = new DeliveryFixture();
        for (var i = 0; i < DeliverySweep.Most + 10; i++)
        {
            await fixture["A"].StartAsync("one", 0, null, $"\"{i}\"");
            await fixture["A"].EndAsync("one", at: 10);
        }

        fixture.Time.Advance(fixture.Options.ResumeWindow);
        await fixture["A"].Sweep.SweepAsync(Token);
        Assert.Equal(DeliverySweep.Most, fixture.Queue.Messages.Count);
        await fixture["A"].Sweep.SweepAsync(Token);
        Assert.Equal(DeliverySweep.Most + 10, fixture.Queue.Messages.Count);
    }

    private static DownloadOutcome Completed() => new(DownloadStatus.Completed, FailureReason.None)
    {
        FilesRequested = 10,
        FilesSucceeded = 10,
        SourceBytes = 0,
        ArchiveBytes = DeliveryFixture.Unit,
        DeliveredBytes = DeliveryFixture.Unit,
        Duration = TimeSpan.FromSeconds(1),
    };

    /// <summary>Advances the clock whenever the task waits to retry a statement, until the task completes.</summary>
    private static async Task RetryAsync(DeliveryFixture fixture, Task task)
    {
        for (var waits = 0; !task.IsCompleted;)
        {
            Token.ThrowIfCancellationRequested();
            if (fixture.Time.Waits > waits)
            {
                waits++;
                fixture.Time.Advance(TrackedResponse.RetryDelay);
            }

            await Task.Yield();
        }

        await task;
    }

    /// <summary>Advances the clock until the task completes.</summary>
    private static async Task PumpAsync(DeliveryFixture fixture, Task task)
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
