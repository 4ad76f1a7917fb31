using System.Net.Http.Headers;
using System.Net.Sockets;
using Egress.Backends;
using Egress.Queues;
using Egress.Callbacks;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

public sealed class CallbackDeliveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receiver_that_was_unavailable_gets_the_callback_after_growing_delays()
    {
        await using var fixture = new CallbackFixture();
        fixture.Receiver.Answer = number => ScriptedReceiver.Status(number <= 3 ? 503 : 200);
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);

        await fixture.RunUntilAsync(() => fixture.Logged(4000) == 1, Token);

        var received = fixture.Receiver.Received.ToArray();
        var gaps = received.Zip(received.Skip(1), (first, next) => (next.At - first.At).TotalSeconds).ToArray();
        Assert.Equal([503, 503, 503, 200], received.Select(callback => callback.Answered));
        Assert.Single(received.Select(callback => (callback.Id, callback.Body)).Distinct());
        Assert.True(gaps[0] >= 4 && gaps[1] >= 8 && gaps[2] >= 16, string.Join(' ', gaps));
        Assert.Equal((0, 3), (await CountAsync(fixture), fixture.Logged(4001)));
        await Eventually.UntilAsync(() => Task.FromResult(fixture.Links.States.Count == 4), "the state of the last attempt", Token);
        Assert.Equal(
            ["d retrying 1 503 Service Unavailable", "d retrying 2 503 Service Unavailable", "d retrying 3 503 Service Unavailable", "d delivered 4 200 OK"],
            fixture.Links.States);
    }

    [Fact]
    public async Task A_body_that_names_no_record_is_delivered()
    {
        await using var fixture = new CallbackFixture();
        await fixture.Delivery.DeliverAsync((CallbackFixture.Message() with { Body = "{}" }).Write(), 1, Token);
        Assert.Equal((1, 1, 0), (fixture.Receiver.Received.Count, fixture.Logged(4000), fixture.Links.States.Count));
    }

    [Fact]
    public async Task After_the_last_retry_the_callback_is_poisoned_and_a_replay_delivers_it()
    {
        await using var fixture = new CallbackFixture();
        var down = true;
        fixture.Receiver.Answer = _ => ScriptedReceiver.Status(down ? 500 : 200);
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);

        await fixture.RunUntilAsync(() => fixture.Logged(4002) == 1, Token);

        var poisoned = Assert.Single(await fixture.Undelivered.ListAsync([], Token));
        Assert.Equal(
            ("d", "msg_1", "completed", "all attempts failed", 4, "receiver.example", "500 Internal Server Error"),
            (poisoned.RecordId, poisoned.WebhookId, poisoned.Status, poisoned.Reason, poisoned.Attempts, poisoned.Host, poisoned.LastAnswer));
        await Eventually.UntilAsync(() => Task.FromResult(fixture.Links.States.Count == 4), "the state of the last attempt", Token);
        Assert.Equal("d undeliverable 4 500 Internal Server Error", fixture.Links.States.Last());
        Assert.True(poisoned.LastAttempt - poisoned.FirstAttempt >= TimeSpan.FromSeconds(28));
        Assert.Equal(4, fixture.Receiver.Received.Count);

        down = false;
        Assert.Empty(await fixture.Undelivered.ReplayAsync(["another"], Token));
        Assert.Equal(["d"], (await fixture.Undelivered.ReplayAsync(["d"], Token)).Select(callback => callback.RecordId));
        await fixture.RunUntilAsync(() => fixture.Logged(4000) == 1, Token);

        Assert.Single(fixture.Receiver.Received.Select(callback => callback.Id).Distinct());
        Assert.Empty(await fixture.Undelivered.ListAsync([], Token));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_final_answer_is_poisoned_at_once_with_its_status(int status)
    {
        await using var fixture = new CallbackFixture();
        fixture.Receiver.Answer = _ =>
        {
            var answer = ScriptedReceiver.Status(status);
            answer.Headers.Location = new Uri("https://elsewhere.example/");
            return answer;
        };

        await fixture.Delivery.DeliverAsync(CallbackFixture.Message().Write(), 1, Token);

        var poisoned = Assert.Single(await fixture.Undelivered.ListAsync([], Token));
        Assert.StartsWith($"{status} ", poisoned.LastAnswer, StringComparison.Ordinal);
        Assert.Equal((1, 1, "the answer is final"), (fixture.Receiver.Received.Count, poisoned.Attempts, poisoned.Reason));
        Assert.Equal(1, fixture.Logged(4002));
    }

    [Fact]
    public async Task A_retry_waits_for_Retry_After()
    {
        await using var fixture = new CallbackFixture();
        fixture.Receiver.Answer = _ =>
        {
            var answer = ScriptedReceiver.Status(429);
            answer.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromMinutes(10));
            return answer;
        };
        await fixture.Delivery.DeliverAsync(CallbackFixture.Message().Write(), 1, Token);

        fixture.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.Equal(0, await CountAsync(fixture));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await CountAsync(fixture));
    }

    [Fact]
    public async Task The_attempt_of_a_killed_process_counts()
    {
        await using var fixture = new CallbackFixture();
        fixture.Receiver.Answer = _ => ScriptedReceiver.Status(500);
        await fixture.Delivery.DeliverAsync(CallbackFixture.Message().Write(), 4, Token);
        Assert.Equal(4, Assert.Single(await fixture.Undelivered.ListAsync([], Token)).Attempts);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("""{"type":"egress.callback.v2","id":"a","url":"b","body":"c"}""")]
    [InlineData("""{"type":"egress.callback.v1","id":"a","url":"b"}""")]
    public async Task A_foreign_message_is_poisoned_after_five_attempts_and_never_sent(string text)
    {
        await using var fixture = new CallbackFixture();
        await Assert.ThrowsAsync<CallbackMessageException>(() => fixture.Delivery.DeliverAsync(text, 1, Token));
        await fixture.Queue.EnqueueAsync(text, TimeSpan.Zero, Token);

        await fixture.RunUntilAsync(() => fixture.Logged(4003) == 1, Token);

        Assert.Equal(QueueNames.MaxDequeueCount, fixture.Logged(4031));
        Assert.Equal("not a callback of Egress", Assert.Single(await fixture.Undelivered.ListAsync([], Token)).Reason);
        Assert.Empty(await fixture.Undelivered.ReplayAsync([], Token));
        Assert.Single(await fixture.Undelivered.ListAsync([], Token));
        Assert.Empty(fixture.Receiver.Received);
        fixture.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(0, await CountAsync(fixture));
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task The_innermost_cause_is_in_the_log_the_poison_message_and_the_list(string kind, string cause)
    {
        await using var fixture = new CallbackFixture(new CallbackOptions { MaxRetries = 1, Timeout = TimeSpan.FromDays(1) });
        fixture.Receiver.Answer = _ => throw Failure(kind);
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);

        await fixture.RunUntilAsync(() => fixture.Logged(4002) == 1, Token, stepSeconds: 5);

        Assert.Equal(cause, Assert.Single(await fixture.Undelivered.ListAsync([], Token)).LastAnswer);
        var logged = fixture.Log.Collector.GetSnapshot().Single(static record => record.Id.Id == 4002);
        Assert.EndsWith($"last answer: {cause}", logged.Message, StringComparison.Ordinal);
        var text = "";
        await fixture.Poison.VisitAsync(
            (message, _) =>
            {
                text = message;
                return ValueTask.FromResult(false);
            },
            Token);
        Assert.Equal(cause, CallbackMessage.TryRead(text)!.LastAnswer);
    }

    public static TheoryData<string, string> Causes => new()
    {
        { "certificate", "the certificate is self-signed" },
        { "name", "Name or service not known" },
        { "refused", "Connection refused" },
        { "reset", "Connection reset by peer" },
        { "plain", "an error without a cause" },
        { "escape", "[31mred and moved" },
        { "bug", "a fault of Egress" },
    };

    private static Exception Failure(string kind) => kind switch
    {
        "certificate" => new HttpRequestException("The SSL connection could not be established, see inner exception.", new CertificateRefusedException("the certificate is self-signed")),
        "name" => new HttpRequestException("(receiver.example:443)", new SocketException((int)SocketError.HostNotFound, "Name or service not known")),
        "refused" => new HttpRequestException("(receiver.example:443)", new SocketException((int)SocketError.ConnectionRefused, "Connection refused")),
        "reset" => new HttpRequestException("An error occurred while sending the request.", new IOException("Unable to read data from the transport connection.", new SocketException((int)SocketError.ConnectionReset, "Connection reset by peer"))),
        "plain" => new HttpRequestException("an error without a cause"),
        "escape" => new HttpRequestException("\u001b[31mred\u202eand\rmoved"),
        _ => new InvalidOperationException("a fault of Egress"),
    };

    [Fact]
    public async Task A_message_that_the_host_poisoned_is_reported_once_and_kept()
    {
        await using var fixture = new CallbackFixture();
        await fixture.PoisonHandler.HandleAsync(CallbackFixture.Message().Write(), Token);
        await fixture.PoisonHandler.HandleAsync((CallbackFixture.Message() with { Id = "msg_2", PoisonReason = "reported before" }).Write(), Token);
        await fixture.PoisonHandler.HandleAsync("not ours", Token);

        Assert.Equal((1, 1), (fixture.Logged(4002), fixture.Logged(4003)));
        Assert.Equal(
            ["processing failed 5 times", "reported before", "not a callback of Egress"],
            (await fixture.Undelivered.ListAsync([], Token)).Select(callback => callback.Reason));
    }

    [Fact]
    public async Task A_delivery_that_the_shutdown_interrupts_is_returned_to_the_queue()
    {
        await using var fixture = new CallbackFixture();
        using var stop = new CancellationTokenSource();
        using var abort = new CancellationTokenSource();
        fixture.Receiver.Answer = _ =>
        {
            stop.Cancel();
            abort.Cancel();
            throw new OperationCanceledException(abort.Token);
        };
        await fixture.Queue.EnqueueAsync(CallbackFixture.Message().Write(), TimeSpan.Zero, Token);

        await fixture.Worker.RunAsync(stop.Token, abort.Token);

        Assert.Equal(1, await CountAsync(fixture));
    }

    /// <summary>Returns the number of visible messages.</summary>
    private static async Task<int> CountAsync(CallbackFixture fixture) => (await fixture.Queue.ReceiveAsync(32, TimeSpan.Zero, Token)).Count;
}
