using System.Text.Json;
using Azure.Storage.Queues;
using Egress.Queues;
using Egress.Records;
using Egress.TestKit.Downloads;
using Egress.TestKit.Functions;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>The published app in a worker process with a storage account of its own, for tests of callbacks.</summary>
public sealed class CallbackApp : IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The records and files of the app.</summary>
    public LocalBackends Backends { get; } = new();

    /// <summary>The host that runs the app.</summary>
    public WorkerHost Host { get; private set; } = null!;

    /// <summary>The server with the queues of the app.</summary>
    public AzuriteServer Storage { get; private set; } = null!;

    /// <summary>Application settings of the app.</summary>
    public IReadOnlyDictionary<string, string> Settings => Host.Settings;

    public async ValueTask InitializeAsync()
    {
        Storage = await AzuriteServer.StartAsync();
        Host = await StartAsync(("AzureWebJobsStorage", Storage.ConnectionString));
        await Backends.PutAsync("any.jpg", new byte[1000]);
        await Backends.PutSparseAsync("endless.mp4", 64L << 30);
    }

    public async ValueTask DisposeAsync()
    {
        await (Host?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Storage?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Backends.DisposeAsync();
    }

    /// <summary>Starts another instance of the app, with the same records and files.</summary>
    public Task<WorkerHost> StartAsync(params (string Name, string Value)[] settings) => WorkerApp.StartAsync(
        Backends,
        [
            ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("CALLBACK_RETRY_DELAY", "1h"), ("CALLBACK_LEASE", "5s"), ("RESUME_WINDOW", "0"), ("MAX_ACTIVE_DOWNLOADS", "40"),
            .. settings,
        ]);

    /// <summary>Removes messages of earlier tests from the queues.</summary>
    public async Task EmptyQueuesAsync()
    {
        foreach (var queue in new[] { QueueNames.Callbacks, QueueNames.PoisonCallbacks, QueueNames.Callbacks + QueueNames.KeptSuffix })
        {
            if (await Queue(queue).ExistsAsync(Token))
            {
                await Queue(queue).ClearMessagesAsync(Token);
            }
        }
    }

    /// <summary>Returns a client for a queue. It returns messages as they are stored, without decoding them.</summary>
    public QueueClient Queue(string name) => new(Storage.ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    /// <summary>Begins a download with a callback, and does not read its body.</summary>
    /// <param name="receiver">The receiver of the callback.</param>
    /// <param name="key">Key of the only object: <c>any.jpg</c>, or <c>endless.mp4</c>.</param>
    public async Task<(string Id, HttpResponseMessage Response)> DownloadAsync(CallbackReceiver receiver, string key)
    {
        var id = await Backends.AddWithCallbackAsync(receiver.Url, new ObjectItem(key));
        var response = await Host.Client.GetAsync(Backends.Link(id), HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.True(response.IsSuccessStatusCode, response.IsSuccessStatusCode ? null : $"{response.StatusCode}: {await response.Content.ReadAsStringAsync(Token)}");
        return (id, response);
    }

    /// <summary>Returns id, status and reason of the next callback.</summary>
    public static async Task<(string? Id, string? Status, string? Reason)> NextAsync(
        CallbackReceiver receiver, CancellationToken cancellationToken)
    {
        using var body = JsonDocument.Parse((await receiver.NextAsync(cancellationToken)).Body);
        var reason = body.RootElement.TryGetProperty("reason", out var value) ? value.GetString() : null;
        return (body.RootElement.GetProperty("id").GetString(), body.RootElement.GetProperty("status").GetString(), reason);
    }
}
