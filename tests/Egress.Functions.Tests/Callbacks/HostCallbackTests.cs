using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Egress.Queues;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>Tests of callbacks of the published app, from the download to the receiver, through the queue trigger of the real host.</summary>
[Collection(nameof(RealHost))]
[Trait(CoreTools.Trait, CoreTools.Func)]
public sealed class HostCallbackTests : IAsyncLifetime
{
    private const int Limit = 180_000;

    /// <summary>Settings that shorten delays in host.json, which would take minutes.</summary>
    private static readonly (string Name, string Value)[] Hurried =
    [
        ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"),
        ("AzureFunctionsJobHost__extensions__queues__visibilityTimeout", "00:00:01"),
        ("AzureFunctionsJobHost__extensions__queues__maxPollingInterval", "00:00:01"),
    ];

    private readonly LocalBackends _backends = new();
    private AzuriteServer _storage = null!;
    private DownloadHost _host = null!;
    private ChildProcess _process = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        CoreTools.Require();
        _storage = await AzuriteServer.StartAsync();
        (_host, _process) = await CoreTools.StartAsync(_backends, _storage, Hurried);
        await _backends.PutAsync("any.jpg", new byte[1000]);
    }

    public async ValueTask DisposeAsync()
    {
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_storage?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _backends.DisposeAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task A_download_is_reported()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var receiver = await CallbackReceiver.StartAsync();
        var id = await DownloadAsync(receiver);

        using var body = JsonDocument.Parse((await receiver.NextAsync(cancellation)).Body);
        Assert.Equal((id, "completed"), (body.RootElement.GetProperty("id").GetString(), body.RootElement.GetProperty("status").GetString()));
    }

    [Fact(Timeout = Limit)]
    public async Task A_worker_that_is_killed_during_a_delivery_delivers_again_under_the_same_id()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answering = new TaskCompletionSource();
        await using var receiver = await CallbackReceiver.StartAsync(_ => answering.Task);
        await DownloadAsync(receiver);

        var first = await receiver.NextAsync(cancellation);
        using (var worker = Process.GetProcessById(await WorkerIdAsync()))
        {
            worker.Kill();
        }

        answering.SetResult();
        var second = await receiver.NextAsync(Token);
        Assert.Equal((first.Headers["webhook-id"], first.Body), (second.Headers["webhook-id"], second.Body));
    }

    [Fact(Timeout = Limit)]
    public async Task A_foreign_message_is_poisoned_by_the_host_and_kept()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const string foreign = "not ours";
        await Queue(QueueNames.Callbacks).CreateIfNotExistsAsync(cancellationToken: cancellation);
        await Queue(QueueNames.Callbacks).SendMessageAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(foreign)), cancellation);

        var kept = Queue(QueueNames.Callbacks + QueueNames.KeptSuffix);
        await Eventually.UntilAsync(
            async () => await kept.ExistsAsync(cancellation) && (await kept.PeekMessageAsync(cancellation)).Value is not null,
            "a message that is kept",
            cancellation);
        Assert.Equal(foreign, Encoding.UTF8.GetString(Convert.FromBase64String((await kept.PeekMessageAsync(Token)).Value.MessageText)));
        Assert.Equal(0, (await Queue(QueueNames.Callbacks).GetPropertiesAsync(Token)).Value.ApproximateMessagesCount);
        await Eventually.UntilAsync( // the line is logged after the event
            () => Task.FromResult(_process.Log.Lines.Count(
                static line => line.Contains("Executed 'Functions.DeliverCallback' (Failed", StringComparison.Ordinal))),
            static failures => failures == QueueNames.MaxDequeueCount,
            $"{QueueNames.MaxDequeueCount} failures in the log",
            static failures => $"{failures}",
            Token);
    }

    private async Task<string> DownloadAsync(CallbackReceiver receiver)
    {
        var id = await _backends.AddWithCallbackAsync(receiver.Url, new ObjectItem("any.jpg"));
        await _host.Client.GetByteArrayAsync(_backends.Link(id), Token);
        return id;
    }

    private QueueClient Queue(string name) => new(_storage.ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    /// <summary>Finds the worker process: the path of the app's assembly is on its command line.</summary>
    private async Task<int> WorkerIdAsync()
    {
        var found = await Executable.Require("pgrep").RunAsync("-P", _process.Id.ToString(CultureInfo.InvariantCulture), "-f", "Egress.Functions.dll");
        return int.Parse(found.EnsureSuccess().Output.Trim(), CultureInfo.InvariantCulture);
    }
}
