using System.Text;
using System.Text.Json;
using Azure.Storage.Queues.Models;
using Egress.Callbacks.Delivery;
using Egress.Queues;
using Egress.Settings;
using Egress.TestKit;
using Egress.TestKit.Functions;
using Egress.TestKit.Network;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>
/// Tests of the queue-triggered functions in the worker, on real queues: their results and exceptions, and the messages on the queues afterwards.
/// </summary>
public sealed class CallbackFunctionsTests(CallbackApp app) : IClassFixture<CallbackApp>, IAsyncLifetime
{
    private CallbackReceiver _receiver = null!;
    private int _status = 200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await app.EmptyQueuesAsync();
        _receiver = await CallbackReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = _status;
            return Task.CompletedTask;
        });
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task An_accepted_callback_is_removed()
    {
        var result = await DeliverAsync(Message());

        Assert.True(result.Succeeded, result.Error);
        Assert.Equal("msg_1", (await _receiver.NextAsync(Token)).Headers["webhook-id"]);
        Assert.Equal((0, 0, 0), await CountsAsync());
    }

    [Fact]
    public async Task After_a_500_a_new_message_waits_invisibly_and_the_old_one_is_removed()
    {
        _status = 500;

        var result = await DeliverAsync(Message());

        Assert.True(result.Succeeded, result.Error);
        Assert.Equal((1, 0, 0), await CountsAsync());
        Assert.Empty((await app.Queue(QueueNames.Callbacks).PeekMessagesAsync(32, Token)).Value);
    }

    [Fact]
    public async Task The_dequeue_count_of_the_host_counts_as_attempts()
    {
        _status = 500;

        var result = await DeliverAsync(Message(), dequeueCount: 4);

        Assert.True(result.Succeeded, result.Error);
        Assert.Equal((0, 1, 0), await CountsAsync());
        Assert.Contains("\"attempts\":4", await OnlyAsync(QueueNames.PoisonCallbacks), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_message_is_counted_by_the_host()
    {
        var result = await DeliverAsync("not ours");

        Assert.False(result.Succeeded);
        Assert.Equal(0, _receiver.Connections);
        Assert.Equal((0, 0, 0), await CountsAsync());
    }

    [Theory]
    [InlineData("not ours", "")]
    [InlineData(null, "msg_1")]
    public async Task A_message_that_the_host_poisoned_is_kept_and_can_be_replayed(string? text, string webhookId)
    {
        var result = await app.Host.DeliverAsync("HandlePoisonCallback", Taken(text ?? Message(), 1));

        Assert.True(result.Succeeded, result.Error);
        Assert.Equal((0, 0, 1), await CountsAsync());
        var kept = (await app.Queue(QueueNames.Callbacks + QueueNames.KeptSuffix).PeekMessageAsync(Token)).Value;
        Assert.True(kept.ExpiresOn - kept.InsertedOn > TimeSpan.FromDays(365));
        var settings = SettingsReader.Read(SettingSource.FromEnvironment(app.Settings), HostProfile.Functions);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var undelivered = services.GetRequiredService<UndeliveredCallbacks>();
        Assert.Equal(webhookId, Assert.Single(await undelivered.ListAsync([], Token)).WebhookId);
        Assert.Equal(webhookId.Length > 0 ? 1 : 0, (await undelivered.ReplayAsync([], Token)).Count);
    }

    [Fact]
    public async Task The_queues_are_there_once_the_app_has_started()
    {
        string[] queues = [QueueNames.Callbacks, QueueNames.PoisonCallbacks, QueueNames.Callbacks + QueueNames.KeptSuffix];
        foreach (var queue in queues)
        {
            await app.Queue(queue).DeleteIfExistsAsync(Token);
        }

        await using var again = await app.StartAsync(("AzureWebJobsStorage", app.Storage.ConnectionString));
        foreach (var queue in queues)
        {
            await Eventually.UntilAsync(async () => await app.Queue(queue).ExistsAsync(Token), $"the queue {queue}", Token);
        }
    }

    [Fact]
    public async Task The_triggers_listen_where_callbacks_are_put()
    {
        Assert.Equal(["AzureWebJobsStorage"], Connections(app.Host));
        await using var own = await app.StartAsync(("CALLBACK_QUEUE_CONNECTION", app.Storage.ConnectionString));
        Assert.Equal(["CALLBACK_QUEUE_CONNECTION"], Connections(own));
    }

    internal static QueueMessage Taken(string text, int dequeueCount)
    {
        var inserted = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return QueuesModelFactory.QueueMessage("id", "receipt", text, dequeueCount, inserted.AddMinutes(1), inserted, inserted.AddDays(1));
    }

    internal static string Message(CallbackReceiver receiver) =>
        JsonSerializer.Serialize(new { type = "egress.callback.v1", id = "msg_1", url = receiver.Url, body = "{}" });

    private static IEnumerable<string?> Connections(WorkerHost host) => host.Functions.Values
        .Where(function => function.IsTriggeredBy("queueTrigger"))
        .Select(function => (string?)function.Trigger["connection"])
        .Distinct();

    private Task<InvocationResult> DeliverAsync(string text, int dequeueCount = 1) => app.Host.DeliverAsync("DeliverCallback", Taken(text, dequeueCount));

    private string Message() => Message(_receiver);

    private async Task<string> OnlyAsync(string queue) =>
        Encoding.UTF8.GetString(Convert.FromBase64String(Assert.Single((await app.Queue(queue).PeekMessagesAsync(32, Token)).Value).MessageText));

    /// <summary>Returns the number of messages on each queue, including invisible ones.</summary>
    private async Task<(int Callbacks, int Poison, int Kept)> CountsAsync() => (
        await CountAsync(QueueNames.Callbacks),
        await CountAsync(QueueNames.PoisonCallbacks),
        await CountAsync(QueueNames.Callbacks + QueueNames.KeptSuffix));

    private async Task<int> CountAsync(string name) =>
        await app.Queue(name).ExistsAsync(Token) ? (await app.Queue(name).GetPropertiesAsync(Token)).Value.ApproximateMessagesCount : 0;
}
