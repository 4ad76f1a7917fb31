using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using AzureFunctions.TestFramework.Core;
using AzureFunctions.TestFramework.Queue;
using Egress.Callbacks.Delivery;
using Egress.Callbacks.Queues;
using Egress.TestKit.Downloads;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>The queue functions in the real worker, on real queues: what is returned and thrown, and what lies on the queues then.</summary>
public sealed class CallbackFunctionsTests : IAsyncLifetime
{
    private readonly DownloadSite _site = new();
    private AzuriteServer _storage = null!;
    private CallbackReceiver _receiver = null!;
    private IFunctionsTestHost _host = null!;
    private int _status = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _storage = await AzuriteServer.StartAsync();
        _receiver = await CallbackReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = _status;
            return Task.CompletedTask;
        });
        _host = await StartAsync(("AzureWebJobsStorage", _storage.ConnectionString));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _receiver.DisposeAsync();
        await _storage.DisposeAsync();
        await _site.DisposeAsync();
    }

    [Fact]
    public async Task What_the_receiver_takes_is_done_with()
    {
        var result = await DeliverAsync(Message());

        Assert.True(result.Success, result.Error);
        Assert.Equal("msg_1", (await _receiver.NextAsync(Token)).Headers["webhook-id"]);
        Assert.Equal((0, 0, 0), await CountsAsync());
    }

    [Fact]
    public async Task After_a_500_a_new_message_waits_invisibly_and_the_old_one_is_done_with()
    {
        _status = 500;

        var result = await DeliverAsync(Message());

        Assert.True(result.Success, result.Error);
        Assert.Equal((1, 0, 0), await CountsAsync());
        Assert.Empty((await Queue(CallbackQueueNames.Callbacks).PeekMessagesAsync(32, Token)).Value);
    }

    [Fact]
    public async Task The_hosts_count_of_deliveries_counts_as_attempts()
    {
        _status = 500;

        var result = await DeliverAsync(Message(), dequeueCount: 4);

        Assert.True(result.Success, result.Error);
        Assert.Equal((0, 1, 0), await CountsAsync());
        Assert.Contains("\"attempts\":4", await OnlyAsync(CallbackQueueNames.Poison), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_ours_is_thrown_back_for_the_host_to_count()
    {
        var result = await DeliverAsync("not ours");

        Assert.False(result.Success);
        Assert.Equal(0, _receiver.Connections);
        Assert.Equal((0, 0, 0), await CountsAsync());
    }

    [Theory]
    [InlineData("not ours", "")]
    [InlineData(null, "msg_1")]
    public async Task What_the_host_gave_up_is_kept_and_can_be_put_back(string? text, string webhookId)
    {
        var result = await _host.InvokeQueueAsync("HandlePoisonCallback", Taken(text ?? Message(), 1), Token);

        Assert.True(result.Success, result.Error);
        Assert.Equal((0, 0, 1), await CountsAsync());
        var kept = (await Queue(CallbackQueueNames.Callbacks + CallbackQueueNames.KeptSuffix).PeekMessageAsync(Token)).Value;
        Assert.True(kept.ExpiresOn - kept.InsertedOn > TimeSpan.FromDays(365));
        var undelivered = _host.Services.GetRequiredService<UndeliveredCallbacks>();
        Assert.Equal(webhookId, Assert.Single(await undelivered.ListAsync([], Token)).WebhookId);
        Assert.Equal(webhookId.Length > 0 ? 1 : 0, (await undelivered.ReplayAsync([], Token)).Count);
    }

    [Fact]
    public async Task When_it_cannot_be_kept_the_poison_message_is_thrown_back()
    {
        await _storage.StopAsync();
        Assert.False((await _host.InvokeQueueAsync("HandlePoisonCallback", Taken(Message(), 1), Token)).Success);
    }

    [Fact]
    public async Task When_the_next_attempt_cannot_be_put_on_the_queue_the_message_is_thrown_back()
    {
        _status = 500;
        await _storage.StopAsync();
        Assert.False((await DeliverAsync(Message())).Success);
    }

    [Fact]
    public async Task The_triggers_listen_where_callbacks_are_put()
    {
        Assert.Equal(["AzureWebJobsStorage"], Connections(_host));
        await using var own = await StartAsync(("CALLBACK_QUEUE_CONNECTION", _storage.ConnectionString));
        Assert.Equal(["CALLBACK_QUEUE_CONNECTION"], Connections(own));
        await using var identity = await StartAsync(("CALLBACK_QUEUE_CONNECTION__queueServiceUri", "https://account.queue.core.windows.net"));
        Assert.Equal(["CALLBACK_QUEUE_CONNECTION"], Connections(identity));
    }

    private static IEnumerable<string?> Connections(IFunctionsTestHost host) => host.Invoker.GetFunctions().Values
        .SelectMany(function => function.RawBindings!)
        .Select(binding => JsonElement.Parse(binding))
        .Where(binding => binding.GetProperty("type").GetString() == "queueTrigger")
        .Select(binding => binding.GetProperty("connection").GetString())
        .Distinct();

    private static QueueMessage Taken(string text, int dequeueCount) => QueuesModelFactory.QueueMessage("id", "receipt", text, dequeueCount);

    private async Task<IFunctionsTestHost> StartAsync(params (string Name, string Value)[] settings) =>
        (await WorkerInMemory.StartAsync(_site, [("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"), ("CALLBACK_RETRY_DELAY", "1h"), .. settings])).Host;

    private Task<FunctionInvocationResult> DeliverAsync(string text, int dequeueCount = 1) =>
        _host.InvokeQueueAsync("DeliverCallback", Taken(text, dequeueCount), Token);

    private string Message() => JsonSerializer.Serialize(new { type = "egress.callback.v1", id = "msg_1", url = _receiver.Url, body = "{}" });

    private QueueClient Queue(string name) => new(_storage.ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    private async Task<string> OnlyAsync(string queue) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(Assert.Single((await Queue(queue).PeekMessagesAsync(32, Token)).Value).MessageText));

    /// <summary>Messages on each queue, visible or not.</summary>
    private async Task<(int Callbacks, int Poison, int Kept)> CountsAsync() => (
        await CountAsync(CallbackQueueNames.Callbacks),
        await CountAsync(CallbackQueueNames.Poison),
        await CountAsync(CallbackQueueNames.Callbacks + CallbackQueueNames.KeptSuffix));

    private async Task<int> CountAsync(string name) =>
        await Queue(name).ExistsAsync(Token) ? (await Queue(name).GetPropertiesAsync(Token)).Value.ApproximateMessagesCount : 0;
}
