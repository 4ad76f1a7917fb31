using System.Text;
using Egress.Queues;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Functions;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>Tests of callbacks from the download to the receiver, over the queue and its triggers, while workers exit and clients disconnect.</summary>
public sealed class CallbackPipelineTests(CallbackApp app) : IClassFixture<CallbackApp>, IAsyncLifetime
{
    private const int Limit = 120_000;
    private const int Clients = 20;

    private QueueTriggers _triggers = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.EmptyQueuesAsync();
        _triggers = QueueTriggers.Start(app.Host);
    }

    public ValueTask DisposeAsync() => _triggers.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_download_is_reported()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var (id, response) = await app.DownloadAsync(receiver, "any.jpg");
        using (response)
        {
            Assert.Equal((id, "completed", null), await CallbackApp.NextAsync(receiver, cancellation));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Clients_that_disconnect_are_reported_as_disconnected()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var downloads = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => app.DownloadAsync(receiver, "endless.mp4")));
        foreach (var (_, response) in downloads)
        {
            response.Dispose();
        }

        var reports = new HashSet<(string?, string?, string?)>();
        while (reports.Count < Clients)
        {
            reports.Add(await CallbackApp.NextAsync(receiver, cancellation));
        }

        Assert.DoesNotContain(app.Host.Process.Log.Lines, static line => line.Contains(" Microsoft.AspNetCore.", StringComparison.Ordinal));
        Assert.Equal(downloads.Select(download => ((string?)download.Id, (string?)"failed", (string?)"client_disconnected")).Order(), reports.Order());
    }

    [Fact(Timeout = Limit)]
    public async Task A_killed_worker_aborts_its_downloads_and_they_are_reported_as_interrupted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var (id, response) = await app.DownloadAsync(receiver, "endless.mp4");
        using (response)
        {
            await app.Host.Process.KillAsync();
            await AssertBreaksAsync(response);
        }

        await app.Host.StartWorkerAsync();
        Assert.Equal((id, "failed", "interrupted"), await CallbackApp.NextAsync(receiver, cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task A_stopping_worker_aborts_its_downloads_and_reports_them_as_interrupted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var (id, response) = await app.DownloadAsync(receiver, "endless.mp4");
        using (response)
        {
            var ended = app.Host.TerminateAsync();
            await AssertBreaksAsync(response);
            Assert.Equal(0, await ended);
        }

        await app.Host.StartWorkerAsync();
        Assert.Equal((id, "failed", "interrupted"), await CallbackApp.NextAsync(receiver, cancellation));
    }

    /// <summary>Both instances share the table of deliveries and the queue. The triggers of the second instance deliver the callback.</summary>
    [Fact(Timeout = Limit)]
    public async Task An_interrupted_download_that_was_not_resumed_is_reported_by_the_timer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var resuming = await app.StartAsync(("AzureWebJobsStorage", app.Storage.ConnectionString), ("RESUME_WINDOW", "1s"));
        var id = await app.Backends.AddWithCallbackAsync(receiver.Url, new ObjectItem("endless.mp4"));
        using (var response = await resuming.Client.GetAsync(app.Backends.Link(id), HttpCompletionOption.ResponseHeadersRead, cancellation))
        {
            response.EnsureSuccessStatusCode();
        }

        var told = CallbackApp.NextAsync(receiver, cancellation);
        await Eventually.UntilAsync(
            async () =>
            {
                var result = await resuming.TickAsync("SettleDeliveries");
                Assert.True(result.Succeeded, result.Error);
                return told.IsCompleted;
            },
            "the callback",
            cancellation);
        Assert.Equal((id, "failed", "client_disconnected"), await told);
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_that_shuts_down_disconnects_its_clients_and_their_downloads_are_reported_as_interrupted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var (id, response) = await app.DownloadAsync(receiver, "endless.mp4");
        var log = app.Host.Process.Log;
        using (response)
        {
            Assert.Equal(0, await app.Host.ShutDownAsync());
        }

        await app.Host.StartWorkerAsync();
        Assert.Equal((id, "failed", "interrupted"), await CallbackApp.NextAsync(receiver, cancellation));
        Assert.Contains(log.Lines, static line => line.StartsWith("warning: ", StringComparison.Ordinal) && line.Contains("[6101]", StringComparison.Ordinal));
        Assert.Contains(log.Lines, static line => line.Contains(": failed interrupted", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_that_is_killed_during_a_delivery_delivers_again_under_the_same_id()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answering = new TaskCompletionSource();
        await using var receiver = await CallbackReceiver.StartAsync(_ => answering.Task);
        var (_, response) = await app.DownloadAsync(receiver, "any.jpg");
        using (response)
        {
            var first = await receiver.NextAsync(cancellation);
            await app.Host.Process.KillAsync();
            answering.SetResult();
            await app.Host.StartWorkerAsync();

            var second = await receiver.NextAsync(cancellation);
            Assert.Equal((first.Headers["webhook-id"], first.Body), (second.Headers["webhook-id"], second.Body));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task A_foreign_message_is_poisoned_by_the_host_and_kept()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var foreign = Convert.ToBase64String(Encoding.UTF8.GetBytes("not ours"));
        await app.Queue(QueueNames.Callbacks).CreateIfNotExistsAsync(cancellationToken: cancellation);
        await app.Queue(QueueNames.Callbacks).SendMessageAsync(foreign, cancellation);

        var kept = app.Queue(QueueNames.Callbacks + QueueNames.KeptSuffix);
        await Eventually.UntilAsync(
            async () => await kept.ExistsAsync(cancellation) && (await kept.PeekMessageAsync(cancellation)).Value is not null,
            "a message that is kept",
            cancellation);

        Assert.Equal(foreign, (await kept.PeekMessageAsync(cancellation)).Value.MessageText);
        Assert.Equal(QueueNames.MaxDequeueCount, _triggers.Failures);
        Assert.Equal(0, (await app.Queue(QueueNames.Callbacks).GetPropertiesAsync(cancellation)).Value.ApproximateMessagesCount);
    }

    private static async Task AssertBreaksAsync(HttpResponseMessage response)
    {
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
    }
}
