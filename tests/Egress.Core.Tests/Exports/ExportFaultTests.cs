using System.Globalization;
using Egress.Backends;
using Egress.Core.Tests.Downloads;
using Egress.Downloads;
using Egress.Exports;
using Egress.Queues;
using Egress.Records;
using Egress.Records.Links;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>Tests of exports whose processes die, whose storage fails, or whose messages are lost.</summary>
public sealed class ExportFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExportFixture Create(bool isCompressed) => new(("a", new byte[300]), ("b", new byte[120]), ("c", []))
    {
        Downloads = new DownloadOptions { CompressionLevel = isCompressed ? 6 : 0, StreamBufferSize = 16 << 10 },
    };

    private static async Task AssertIsWholeAsync(ExportFixture fixture, ExportJob job, string because)
    {
        var downloads = new DownloadFixture(fixture.Storage, new MemoryCrcCache()) { Options = fixture.Downloads, Record = fixture.Record };
        Assert.Equal((ExportState.Completed, null, because), (job.State, job.Message, because));
        Assert.Equal(await downloads.WholeAsync(), fixture.Uploads.Objects[ExportFixture.Key]);
        Assert.Equal((0, 0, 1, because), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Payloads.Count, because));
    }

    [Theory]
    [InlineData(false, 100)]
    [InlineData(true, 100)]
    public async Task A_process_that_is_killed_at_any_step_is_continued(bool isCompressed, int partSize)
    {
        int steps;
        using (var fixture = Create(isCompressed))
        {
            await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(partSize)), "undisturbed");
            steps = fixture.Steps;
        }

        Assert.InRange(steps, 20, 1000);
        for (var step = 1; step <= steps; step++)
        {
            using var fixture = Create(isCompressed);
            await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(partSize), dieAt: step), $"killed at step {step}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancelled_export_leaves_nothing_whenever_it_is_cancelled(bool isCompressed)
    {
        for (var round = 0; round < 12; round++)
        {
            using var fixture = Create(isCompressed);
            var process = new ExportProcess(fixture);
            var id = await fixture.StartAsync(fixture.Job(100));
            for (var i = 0; i < round; i++)
            {
                await fixture.RoundAsync(process);
            }

            if (await process.Jobs.FindAsync(id, Token) is { IsOver: true })
            {
                Assert.InRange(round, isCompressed ? 2 : 6, 12);
                return;
            }

            await new ExportProcess(fixture).Ending.TryCancelAsync(id, Token);
            var job = await fixture.FinishAsync(id);
            Assert.Equal(ExportState.Cancelled, job.State);
            while (fixture.Queue.Take() is { } message)
            {
                await process.Builder.HandleAsync(message.Text, message.DequeueCount, Token);
            }

            Assert.Equal((0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count));
            Assert.Equal(("failed", "cancelled"), (Assert.Single(fixture.Payloads).Status, fixture.Payloads[0].Reason));
            Assert.Empty(fixture.Uploads.Objects);
        }

        Assert.Fail("No round was the last one.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_is_uploaded_while_the_export_is_cancelled_is_removed(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var id = await fixture.StartAsync(fixture.Job(100));
        fixture.Uploads.BeforePart = async number =>
        {
            if (number == 2)
            {
                fixture.Uploads.BeforePart = static _ => Task.CompletedTask;
                await new ExportProcess(fixture).Ending.TryCancelAsync(id, Token);
            }
        };

        Assert.Equal(ExportState.Cancelled, (await fixture.FinishAsync(id)).State);
        Assert.Equal((0, 0, 1), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Payloads.Count));
    }

    [Theory]
    [InlineData(false, BackendFault.Unavailable)]
    [InlineData(true, BackendFault.Unavailable)]
    [InlineData(false, BackendFault.Denied)]
    [InlineData(true, BackendFault.Denied)]
    public async Task A_part_that_fails_for_a_time_is_tried_again(bool isCompressed, BackendFault fault)
    {
        using var fixture = Create(isCompressed);
        var failures = 0;
        fixture.Uploads.BeforePart = number => number == 2 && ++failures < 4
            ? throw new BackendException(Backend.Storage, fault, "not now")
            : Task.CompletedTask;
        await AssertIsWholeAsync(fixture, await fixture.ExportAsync(fixture.Job(100)), "failed three times");
        Assert.Equal(4, failures);
    }

    [Theory]
    [InlineData(false, BackendFault.Unavailable, 40)]
    [InlineData(true, BackendFault.Unavailable, 40)]
    [InlineData(false, BackendFault.Denied, QueueNames.MaxDequeueCount)]
    [InlineData(true, BackendFault.Denied, QueueNames.MaxDequeueCount)]
    [InlineData(false, BackendFault.Malformed, 1)]
    public async Task A_part_that_keeps_failing_ends_the_export(bool isCompressed, BackendFault fault, int attempts)
    {
        using var fixture = Create(isCompressed);
        var failures = 0;
        fixture.Uploads.BeforePart = number =>
        {
            if (number != 2)
            {
                return Task.CompletedTask;
            }

            failures++;
            throw new BackendException(Backend.Storage, fault, "part 2 is refused");
        };

        var job = await fixture.ExportAsync(fixture.Job(100));
        Assert.Equal((ExportState.Failed, "storage_error", "part 2 is refused", attempts), (job.State, job.Reason, job.Message, failures));
        Assert.Equal((0, 0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Uploads.Objects.Count));
        Assert.Equal("storage_error", Assert.Single(fixture.Payloads).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_that_is_revoked_while_its_archive_is_built_ends_the_export(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var id = await fixture.StartAsync(fixture.Job(100));
        for (var round = 0; round < (isCompressed ? 1 : 2); round++)
        {
            await fixture.RoundAsync(new ExportProcess(fixture));
        }

        fixture.Record = new DownloadRecord { Id = "id", Bucket = "b", Objects = fixture.Record.Objects, Link = new LinkState(true) };
        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "link_revoked"), (job.State, job.Reason));
        Assert.Equal((0, 0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Uploads.Objects.Count));
        Assert.Equal("link_revoked", Assert.Single(fixture.Payloads).Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_that_changed_ends_the_export(bool isCompressed)
    {
        using var fixture = Create(isCompressed);
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(new ExportProcess(fixture));
        fixture.Storage.BeforeOpen = static (key, _) => key == "b"
            ? throw new BackendException(Backend.Storage, BackendFault.Changed, "changed")
            : Task.CompletedTask;

        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "object_changed"), (job.State, job.Reason));
        Assert.Equal((0, 0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count, fixture.Uploads.Objects.Count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lost_messages_are_noticed(bool isCompressed)
    {
        for (var round = 0; round < 4; round++)
        {
            using var fixture = Create(isCompressed);
            var process = new ExportProcess(fixture);
            var id = await fixture.StartAsync(fixture.Job(100));
            for (var i = 0; i < round; i++)
            {
                await fixture.RoundAsync(process);
            }

            fixture.Queue.Clear();
            await AssertIsWholeAsync(fixture, await fixture.FinishAsync(id), string.Create(CultureInfo.InvariantCulture, $"lost in round {round}"));
        }
    }

    [Fact]
    public async Task An_export_without_progress_fails_after_an_hour()
    {
        using var fixture = Create(isCompressed: false);
        var (process, started) = (new ExportProcess(fixture), fixture.Time.GetUtcNow());
        var id = await fixture.StartAsync(fixture.Job(100));
        while (await process.Jobs.FindAsync(id, Token) is { IsOver: false })
        {
            fixture.Queue.Clear();
            await fixture.RoundAsync(process);
        }

        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "stalled"), (job.State, job.Reason));
        Assert.InRange(job.EndedAt!.Value - started, TimeSpan.FromMinutes(58), TimeSpan.FromMinutes(62));
    }

    [Fact]
    public async Task A_timer_that_ticks_once_an_interval_requests_lost_parts_at_its_second_tick()
    {
        using var fixture = Create(isCompressed: false);
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(process);
        await fixture.RoundAsync(process);
        fixture.Queue.Clear();
        fixture.Time.Advance(ExportJobs.LookInterval + TimeSpan.FromSeconds(1));
        await process.Sweep.SweepAsync(Token);
        fixture.Time.Advance(ExportJobs.LookInterval - TimeSpan.FromSeconds(1));
        await process.Sweep.SweepAsync(Token);

        Assert.Equal(ExportMessage.Look(id).Write(), fixture.Queue.Take()?.Text);
    }

    [Fact]
    public async Task A_message_that_was_never_finished_ends_the_export()
    {
        using var fixture = Create(isCompressed: false);
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(100));
        await fixture.RoundAsync(process);
        await process.Builder.HandlePoisonAsync(ExportMessage.Build(id, 3).Write(), Token);
        var job = await fixture.FinishAsync(id);
        Assert.Equal((ExportState.Failed, "internal_error"), (job.State, job.Reason));
        Assert.Contains("Part 3", job.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (fixture.Uploads.Unfinished, fixture.Store.Parts.Count));
    }

    [Fact]
    public async Task An_export_is_deleted_a_week_after_its_end()
    {
        using var fixture = Create(isCompressed: false);
        var process = new ExportProcess(fixture);
        await fixture.ExportAsync(fixture.Job(100));
        fixture.Time.Advance(ExportJobs.Retention - TimeSpan.FromMinutes(1));
        await process.Sweep.SweepAsync(Token);
        Assert.Equal(1, fixture.Store.Count);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await process.Sweep.SweepAsync(Token);
        Assert.Equal(0, fixture.Store.Count);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("""{"type":"egress.export.v2","id":"a","part":1}""")]
    [InlineData("""{"type":"egress.export.v1","id":"a","part":-1}""")]
    public async Task A_foreign_message_is_refused(string text)
    {
        using var fixture = Create(isCompressed: false);
        await Assert.ThrowsAsync<FormatException>(() => new ExportProcess(fixture).Builder.HandleAsync(text, 1, Token));
    }

    [Fact]
    public async Task Many_processes_build_each_part_once()
    {
        using var fixture = new ExportFixture(("a", new byte[5000]), ("b", new byte[3000]));
        var id = await fixture.StartAsync(fixture.Job(60));
        await fixture.RoundAsync(new ExportProcess(fixture));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                var process = new ExportProcess(fixture);
                while (await process.Jobs.FindAsync(id, Token) is { IsSettled: false })
                {
                    if (fixture.Queue.Take() is { } message)
                    {
                        await process.Builder.HandleAsync(message.Text, message.DequeueCount, Token);
                    }
                    else
                    {
                        await Task.Yield();
                    }
                }
            },
            Token)));
        await AssertIsWholeAsync(fixture, (await new ExportProcess(fixture).Jobs.FindAsync(id, Token))!, "four processes");
        Assert.Equal(Enumerable.Range(1, fixture.Uploads.Kept.Count), fixture.Uploads.Kept.Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(ExportQueue.Window - 1)]
    public async Task Parts_that_follow_those_of_a_dead_process_are_built_by_the_others(int held)
    {
        using var fixture = new ExportFixture(("a", new byte[ExportQueue.Window * 5]));
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(1));
        await fixture.RoundAsync(process);
        var dead = Enumerable.Range(0, held).Select(_ => fixture.Queue.Take()!.Value).ToList();
        while (fixture.Queue.Take() is { } message)
        {
            await process.Builder.HandleAsync(message.Text, message.DequeueCount, Token);
        }

        var before = fixture.Uploads.Kept.Count;
        var job = await process.Jobs.FindAsync(id, Token);
        Assert.Equal((ExportState.Completed, job!.Parts), (job.State, before));
        Assert.Equal(Enumerable.Range(1, before), fixture.Uploads.Kept.Order());

        dead.ForEach(fixture.Queue.Return);
        await AssertIsWholeAsync(fixture, await fixture.FinishAsync(id), $"{held} parts were held");
        Assert.Equal(before, fixture.Uploads.Kept.Count);
    }

    [Fact]
    public async Task Lost_parts_far_apart_are_requested_at_once()
    {
        using var fixture = new ExportFixture(("a", new byte[ExportQueue.Window * 5]));
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(1));
        await fixture.RoundAsync(process);
        int[] parts = [.. Enumerable.Range(1, ExportQueue.Window / 2), (ExportQueue.Window * 5) - 1];
        var lost = parts.Select(part => ExportMessage.Build(id, part).Write()).ToHashSet();
        while (fixture.Queue.Take() is { } message)
        {
            if (!lost.Contains(message.Text))
            {
                await process.Builder.HandleAsync(message.Text, message.DequeueCount, Token);
            }
        }

        await process.Builder.HandleAsync(ExportMessage.Look(id).Write(), 1, Token);
        while (fixture.Queue.Take() is { } message)
        {
            await process.Builder.HandleAsync(message.Text, message.DequeueCount, Token);
        }

        await AssertIsWholeAsync(fixture, (await process.Jobs.FindAsync(id, Token))!, "one look");
    }

    [Fact]
    public async Task A_part_that_is_built_twice_at_the_same_time_requests_the_next_one_once()
    {
        using var fixture = new ExportFixture(("a", new byte[ExportQueue.Window * 2]));
        var process = new ExportProcess(fixture);
        var id = await fixture.StartAsync(fixture.Job(1));
        await fixture.RoundAsync(process);
        fixture.Uploads.BeforePart = async number =>
        {
            if (number == 1)
            {
                fixture.Uploads.BeforePart = static _ => Task.CompletedTask;
                await process.Builder.HandleAsync(ExportMessage.Build(id, 1).Write(), 1, Token);
            }
        };

        await AssertIsWholeAsync(fixture, await fixture.FinishAsync(id), "part 1 was built twice");
        var next = ExportMessage.Build(id, 1 + ExportQueue.Window).Write();
        Assert.Equal((2, 1), (fixture.Uploads.Kept.Count(static number => number == 1), fixture.Queue.Added.Count(text => text == next)));
    }
}
