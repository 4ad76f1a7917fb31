using Egress.Exports;
using Egress.Exports.Running;
using Egress.Queues.Sqlite;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Exports;

/// <summary>The worker of the plain server.</summary>
public sealed class ExportWorkerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExportWorker Worker(ExportFixture fixture, ExportProcess process, SqliteMessageQueue queue) => new(
        new ExportQueue(queue), process.Builder, process.Sweep, fixture.Options, fixture.Report, TimeProvider.System);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_part_that_is_built_when_the_server_stops_is_given_back_without_a_failed_attempt(bool isCompressed)
    {
        using var fixture = new ExportFixture(("a", new byte[1000])) { Downloads = new() { CompressionLevel = isCompressed ? 6 : 0 } };
        await using var folder = new TempFolder();
        using var file = new SqliteQueueFile(folder.Path, "exports.db", TimeProvider.System);
        var queue = new SqliteMessageQueue(file);
        var process = new ExportProcess(fixture, queue);
        var id = Assert.IsType<ExportCreation.Accepted>(await process.Creator.CreateAsync(fixture.Job(1 << 20), Token)).Id;
        var (isBuilt, mayGoOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        fixture.Uploads.BeforePart = async _ =>
        {
            isBuilt.TrySetResult();
            await mayGoOn.Task;
        };

        using (var stopped = Worker(fixture, process, queue))
        {
            await stopped.StartAsync(Token);
            await isBuilt.Task.WaitAsync(Token);
            var stopping = stopped.StopAsync(Token);
            mayGoOn.SetResult();
            await stopping;
        }

        // The message is a new one, is visible at once, and says that the part may have been built.
        var given = Assert.Single(await queue.ReceiveAsync(10, TimeSpan.Zero, Token));
        var message = ExportMessage.Read(given.Text);
        Assert.Equal((id, 1, 1, 1), (message.Id, message.Part, message.Round, given.DequeueCount));
        Assert.Empty(fixture.Uploads.Kept);

        fixture.Uploads.BeforePart = static _ => Task.CompletedTask;
        using var next = Worker(fixture, process, queue);
        await next.StartAsync(Token);
        await Eventually.UntilAsync(
            () => process.Jobs.FindAsync(id, Token), static job => job is { IsSettled: true }, "the export ends", static job => job?.ToString() ?? "", Token);
        await next.StopAsync(Token);
        Assert.Equal(ExportState.Completed, (await process.Jobs.FindAsync(id, Token))!.State);
    }
}
