using Egress.TestKit.Network;
using Xunit;

namespace Egress.Functions.Tests.Callbacks;

/// <summary>Tests of the queue-triggered functions while their storage account cannot be reached. The host must keep the message.</summary>
public sealed class CallbackOutageTests(CallbackApp app) : IClassFixture<CallbackApp>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await app.Storage.StopAsync();

    public async ValueTask DisposeAsync() => await app.Storage.StartAgainAsync();

    [Fact]
    public async Task A_poison_message_that_cannot_be_kept_is_returned_to_the_host()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        var message = CallbackFunctionsTests.Taken(CallbackFunctionsTests.Message(receiver), 1);
        Assert.False((await app.Host.DeliverAsync("HandlePoisonCallback", message)).Succeeded);
    }

    [Fact]
    public async Task A_message_whose_next_attempt_cannot_be_queued_is_returned_to_the_host()
    {
        await using var receiver = await CallbackReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        var message = CallbackFunctionsTests.Taken(CallbackFunctionsTests.Message(receiver), 1);
        Assert.False((await app.Host.DeliverAsync("DeliverCallback", message)).Succeeded);
    }
}
