using Egress.Backends;
using Egress.Core.Tests.Downloads;
using Egress.Downloads;
using Egress.Exports;
using Egress.Exports.Running;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests of exports that several processes change at the same moment, and of long outages.</summary>
public sealed class ExportRaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExportFixture Create(bool isCompressed) => new(("a", new byte[300]), ("b", new byte[120]))
    {
        Downloads = new DownloadOptions { CompressionLevel = isCompressed ? 6 : 0, StreamBufferSize = 16 << 10 },
        Options = new ExportOptions { Buckets = [ExportFixture.Bucket], MaxActive = 3 },
    };

    private static async Task AssertIsWholeAsync(ExportFixture fixture, ExportJob job)
    {
        Assert.Equal((ExportState.Completed, (string?)null), (job.State, job.Message));
        var downloads = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Options = fixture.Downloads, Record = fixture.Record };
        Assert.Equal(await downloads.WholeAsync(), fixture.Uploads.Objects[ExportFixture.Key]);
        Assert.Equal((0, 0, "completed"), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, Assert.Single(fixture.Payloads).Status));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_export_that_the_storage_completes_cannot_be_cancelled_and_does_not_fail(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var id = await fixture.StartAsync(fixture.Job(100));
        var isCancelled = true;
        fixture.Uploads.BeforeComplete = async () =>
        {
            var other = new ExportProcess(fixture);
            isCancelled = await other.Ending.TryCancelAsync(id, Token);
            await other.Builder.HandlePoisonAsync(ExportMessage.Build(id, 1).Write(), Token);
        };

        await AssertIsWholeAsync(fixture, await fixture.FinishAsync(id));
        Assert.False(isCancelled);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_completion_that_fails_for_hours_is_repeated(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var failures = 0;
        fixture.Uploads.BeforeComplete = () => ++failures < 100
            ? throw new BackendException(Backend.Storage, BackendFault.Unavailable, "not now")
            : Task.CompletedTask;
        await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(100)));
        Assert.Equal(100, failures);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_completion_that_is_refused_ends_the_export(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        fixture.Uploads.BeforeComplete = static () => throw new BackendException(Backend.Storage, BackendFault.Denied, "no permission");
        var job = await fixture.ExportAsync(fixture.Job(100));
        Assert.Equal((ExportState.Failed, "storage_error", "no permission"), (job.State, job.Reason, job.Message));
        Assert.Equal((0, 0), (fixture.Uploads.Unfinished, fixture.Uploads.Objects.Count));
    }

    [Fact]
    public async Task An_outage_of_many_attempts_does_not_end_an_export()
    {
        using var fixture = Create(isCompressed: false);
        var failures = 0;
        fixture.Uploads.BeforePart = number => number == 3 && ++failures < 30
            ? throw new BackendException(Backend.Storage, BackendFault.Unavailable, "not now")
            : Task.CompletedTask;
        await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(100)));
        Assert.Equal(30, failures);
    }

    [Fact]
    public async Task A_pass_that_is_replaced_by_another_does_not_harm_it()
    {
        using var fixture = Create(isCompressed: true);
        var id = await fixture.StartAsync(fixture.Job(100));
        var second = false;
        fixture.Uploads.BeforePart = async number =>
        {
            if (number == 2 && !second)
            {
                second = true;
                await new ExportProcess(fixture).Builder.HandleAsync(ExportMessage.Build(id, 1).Write(), 1, Token);
            }
        };

        await AssertIsWholeAsync(fixture, await fixture.FinishAsync(id));
        Assert.True(second);
    }

    [Fact]
    public async Task An_older_object_of_the_same_length_is_not_mistaken_for_the_archive()
    {
        using var fixture = Create(isCompressed: false);
        var length = (await new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Options = fixture.Downloads, Record = fixture.Record }.WholeAsync()).Length;
        fixture.Uploads.Objects[ExportFixture.Key] = new byte[length];
        var id = await fixture.StartAsync(fixture.Job(100) with { Overwrites = true });
        fixture.Uploads.BeforeComplete = () =>
        {
            fixture.Uploads.Lose();
            return Task.CompletedTask;
        };

        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "storage_error"), (job.State, job.Reason));
        Assert.Equal(new byte[length], fixture.Uploads.Objects[ExportFixture.Key]);
    }

    [Fact]
    public async Task Requests_at_the_same_time_do_not_exceed_the_limit()
    {
        using var fixture = Create(isCompressed: false);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(
            () => new ExportProcess(fixture).Creator.CreateAsync(fixture.Job(100) with { Key = $"{i}.zip" }, Token), Token)));
        Assert.Equal((3, 17), (results.Count(static r => r is ExportCreation.Accepted), results.Count(static r => r is ExportCreation.TooManyActive)));
        Assert.Equal(3, fixture.Store.Count);
    }

    [Fact]
    public async Task Requests_at_the_same_time_do_not_write_to_the_same_destination()
    {
        using var fixture = Create(isCompressed: false);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(
            () => new ExportProcess(fixture).Creator.CreateAsync(fixture.Job(100), Token), Token)));
        Assert.Single(results, static result => result is ExportCreation.Accepted);
        Assert.Equal(19, results.Count(static result => result is ExportCreation.DestinationTaken { ActiveId: not null }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_export_whose_messages_may_wait_is_rarely_requested_again_and_not_ended_for_a_day(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var (process, started) = (new ExportProcess(fixture), fixture.Time.GetUtcNow());
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(process);
        fixture.Queue.Clear();
        fixture.Queue.Others = 1;
        var before = fixture.Queue.Added.Count;
        while (await process.Jobs.FindAsync(id, Token) is { IsOver: false })
        {
            fixture.Queue.Clear();
            await fixture.RoundAsync(process);
        }

        var job = (await process.Jobs.FindAsync(id, Token))!;
        Assert.Equal((ExportState.Failed, "stalled"), (job.State, job.Reason));
        Assert.InRange(job.EndedAt!.Value - started, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.1));
        Assert.InRange(fixture.Queue.Added.Count - before, 20, 24);
    }

    [Fact]
    public async Task The_last_parts_are_requested_again_although_the_messages_of_a_dead_process_are_still_on_the_queue()
    {
        using var fixture = Create(isCompressed: false);
        var started = fixture.Time.GetUtcNow();
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(new ExportProcess(fixture));
        fixture.Queue.Clear();
        fixture.Queue.Others = 1;

        var job = await fixture.FinishAsync(id);
        Assert.Equal(ExportState.Completed, job.State);
        Assert.InRange(job.EndedAt!.Value - started, TimeSpan.Zero, 2 * ExportJobs.LookInterval);
    }

    /// <summary>The first process was paused after it noted that it would begin an upload.</summary>
    [Fact]
    public async Task A_process_that_was_paused_does_not_remove_the_upload_that_another_one_began()
    {
        using var fixture = Create(isCompressed: false);
        var id = await fixture.StartAsync(fixture.Job(100));
        await new ExportProcess(fixture).Jobs.ChangeAsync(id, static job => job with { Beginning = "by a process that was killed" }, Token);
        fixture.Uploads.BeforeAbortLost = async () =>
        {
            fixture.Uploads.BeforeAbortLost = static () => Task.CompletedTask;
            await new ExportProcess(fixture).Builder.HandleAsync(ExportMessage.Look(id).Write(), 2, Token);
        };

        Assert.Equal(ExportState.Completed, (await fixture.FinishAsync(id)).State);
        Assert.Equal((0, 2), (fixture.Uploads.Unfinished, fixture.Uploads.Begun));
    }

    [Fact]
    public async Task A_pass_is_not_begun_again_while_its_message_is_handled()
    {
        using var fixture = Create(isCompressed: true);
        var id = await fixture.StartAsync(fixture.Job(100));
        var process = new ExportProcess(fixture);
        await fixture.RoundAsync(process);
        fixture.Queue.Clear();
        fixture.Queue.Others = 1;
        var before = fixture.Queue.Added.Count;
        for (var look = 0; look < ExportSweep.MostStalls - 1; look++)
        {
            await fixture.RoundAsync(process);
        }

        Assert.Equal(before, fixture.Queue.Added.Count);
        Assert.False((await process.Jobs.FindAsync(id, Token))!.IsOver);
    }
}
