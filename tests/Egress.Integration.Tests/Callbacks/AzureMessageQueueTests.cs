using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Queues;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Callbacks;

public sealed class AzureMessageQueueTests : MessageQueueContract
{
    private readonly string _name = $"t-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
    private string _connectionString = "";

    private protected override async Task<(IMessageQueue Queue, IPoisonQueue Poison)> CreateAsync()
    {
        _connectionString = (await AzuriteServer.GetAsync()).ConnectionString;
        var account = new AzureQueueAccount(new AzureQueueOptions { ConnectionString = _connectionString }, _name);
        return (new AzureMessageQueue(account), new AzurePoisonQueue(account));
    }

    /// <summary>Polls until a message is visible, because the test cannot advance the clock of the service.</summary>
    private protected override Task<IReadOnlyList<ReceivedMessage>> ReceiveAfterAsync(TimeSpan time) => Eventually.UntilAsync(
        async () => await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token),
        static received => received.Count > 0,
        "a message",
        static received => $"{received.Count}",
        Token);

    private protected override Task UntilOldestAsync(Func<CancellationToken, ValueTask<QueueDepth>> measure, TimeSpan age) => Eventually.UntilAsync(
        async () => await measure(Token),
        depth => depth.OldestAge >= age,
        "the age of the oldest message",
        static depth => $"{depth}",
        Token);

    [Fact]
    public async Task The_queue_writes_what_the_trigger_of_the_host_reads()
    {
        await Queue.EnqueueAsync("ünï", TimeSpan.Zero, Token);
        await Poison.AddAsync("ünï", Token);
        foreach (var name in (string[])[_name, _name + "-poison"])
        {
            var message = Assert.Single((await new QueueClient(_connectionString, name).ReceiveMessagesAsync(1, cancellationToken: Token)).Value);
            Assert.Equal(Convert.ToBase64String(Encoding.UTF8.GetBytes("ünï")), message.MessageText);
            Assert.True(message.ExpiresOn > DateTimeOffset.UtcNow.AddYears(10), $"{message.ExpiresOn}");
        }
    }

    [Fact]
    public async Task A_message_that_is_not_base64_does_not_hide_its_neighbors()
    {
        await Queue.EnqueueAsync("ours", TimeSpan.Zero, Token);
        await new QueueClient(_connectionString, _name).SendMessageAsync("{not base64}", Token);
        Assert.Equal(
            ["ours", "{not base64}"],
            (await Queue.ReceiveAsync(32, TimeSpan.FromHours(1), Token)).Select(message => message.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_missing_account_is_a_fault_of_the_queue_that_names_no_key()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        var account = new AzureQueueAccount(
            new AzureQueueOptions { ConnectionString = $"AccountName=a;AccountKey={key};QueueEndpoint=http://127.0.0.1:{FreePort.Next()}/a" }, _name);
        var queue = new AzureMessageQueue(account);

        var fault = await Assert.ThrowsAsync<QueueException>(async () => await queue.EnqueueAsync("a", TimeSpan.Zero, Token));

        Assert.DoesNotContain(key, fault.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<QueueException>(async () => await queue.ReceiveAsync(1, TimeSpan.FromMinutes(1), Token));
    }

    [Fact]
    public async Task A_wrong_key_is_a_fault_of_the_queue()
    {
        var port = (await AzuriteServer.GetAsync()).QueuePort;
        var wrong = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        var account = new AzureQueueAccount(
            new AzureQueueOptions { ConnectionString = $"AccountName=egresstest;AccountKey={wrong};QueueEndpoint=http://127.0.0.1:{port}/egresstest" }, _name);
        var fault = await Assert.ThrowsAsync<QueueException>(
            async () => await new AzureMessageQueue(account).EnqueueAsync("a", TimeSpan.Zero, Token));
        Assert.Contains("403", fault.Message, StringComparison.Ordinal);
    }
}
