using System.Net;
using System.Net.Http.Headers;
using Egress.Callbacks;
using Egress.Callbacks.Delivery;
using Egress.Callbacks.Network;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

public sealed class CallbackSenderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, CallbackVerdict.Delivered)]
    [InlineData(204, CallbackVerdict.Delivered)]
    [InlineData(299, CallbackVerdict.Delivered)]
    [InlineData(301, CallbackVerdict.Final)]
    [InlineData(304, CallbackVerdict.Final)]
    [InlineData(307, CallbackVerdict.Final)]
    [InlineData(400, CallbackVerdict.Final)]
    [InlineData(404, CallbackVerdict.Final)]
    [InlineData(410, CallbackVerdict.Final)]
    [InlineData(408, CallbackVerdict.TryAgain)]
    [InlineData(409, CallbackVerdict.TryAgain)]
    [InlineData(425, CallbackVerdict.TryAgain)]
    [InlineData(429, CallbackVerdict.TryAgain)]
    [InlineData(500, CallbackVerdict.TryAgain)]
    [InlineData(503, CallbackVerdict.TryAgain)]
    [InlineData(599, CallbackVerdict.TryAgain)]
    public void The_status_of_a_delivery_decides_what_happens_next(int status, object verdict) => Assert.Equal((CallbackVerdict)verdict, CallbackAnswer.Judge((HttpStatusCode)status));

    [Fact]
    public async Task The_signature_covers_the_body_that_is_sent()
    {
        const string Secret = "a secret of 24 characters";
        await using var fixture = new CallbackFixture(new CallbackOptions { SigningSecret = Secret });
        var message = CallbackFixture.Message();

        var answer = await fixture.Sender.SendAsync(message, Token);

        var received = Assert.Single(fixture.Receiver.Received);
        Assert.Equal((CallbackVerdict.Delivered, "200 OK"), (answer.Verdict, answer.Text));
        Assert.Equal((message.Id, message.Body, fixture.Time.GetUtcNow().ToUnixTimeSeconds()), (received.Id, received.Body, received.Timestamp));
        Assert.Equal(CallbackSignature.Sign(CallbackSignature.KeyOf(Secret)!, received.Id, received.Timestamp, received.Body), received.Signature);
    }

    [Fact]
    public async Task A_callback_without_a_secret_has_an_id_and_no_signature()
    {
        await using var fixture = new CallbackFixture();
        await fixture.Sender.SendAsync(CallbackFixture.Message("https://us%40er:p%3Aw@receiver.example/"), Token);

        var received = Assert.Single(fixture.Receiver.Received);
        Assert.Equal(("msg_1", null), (received.Id, received.Signature));
        Assert.Equal("Basic " + Convert.ToBase64String("us@er:p:w"u8), received.Authorization);
    }

    [Fact]
    public async Task Both_forms_of_retry_after_are_read()
    {
        await using var fixture = new CallbackFixture();
        fixture.Receiver.Answer = number =>
        {
            var answer = ScriptedReceiver.Status(503);
            answer.Headers.RetryAfter = number == 1
                ? new RetryConditionHeaderValue(TimeSpan.FromSeconds(77))
                : new RetryConditionHeaderValue(fixture.Time.GetUtcNow().AddSeconds(99));
            return answer;
        };

        Assert.Equal(TimeSpan.FromSeconds(77), (await fixture.Sender.SendAsync(CallbackFixture.Message(), Token)).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(99), (await fixture.Sender.SendAsync(CallbackFixture.Message(), Token)).RetryAfter);
    }

    [Fact]
    public async Task An_endless_answer_is_read_up_to_a_limit_and_cleaned()
    {
        await using var fixture = new CallbackFixture();
        var endless = new EndlessStream();
        fixture.Receiver.Answer = _ => new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StreamContent(endless) };

        var answer = await fixture.Sender.SendAsync(CallbackFixture.Message(), Token);

        Assert.StartsWith("400 Bad Request: a a a", answer.Text, StringComparison.Ordinal);
        Assert.InRange(answer.Text.Length, 200, 250);
        Assert.InRange(endless.TotalRead, 1, 8192);
    }

    [Fact]
    public async Task A_late_answer_is_retried()
    {
        var sender = new CallbackSender(new HttpClient(new SilentReceiver()), new CallbackOptions { Timeout = TimeSpan.FromSeconds(30) }, _time);
        var sending = sender.SendAsync(CallbackFixture.Message(), Token);
        _time.Advance(TimeSpan.FromSeconds(30));

        var answer = await sending;
        Assert.Equal((CallbackVerdict.TryAgain, "no answer within 30 s (CALLBACK_TIMEOUT)"), (answer.Verdict, answer.Text));
    }

    [Fact]
    public async Task A_delivery_that_the_shutdown_cancels_has_no_result()
    {
        using var down = new CancellationTokenSource();
        var sender = new CallbackSender(new HttpClient(new SilentReceiver()), new CallbackOptions(), _time);
        var sending = sender.SendAsync(CallbackFixture.Message(), down.Token);
        await down.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/", "loopback")]
    [InlineData("http://2130706433:1/", "loopback")]
    [InlineData("http://0x7f.1:1/", "loopback")]
    [InlineData("http://[::1]:1/", "loopback")]
    [InlineData("http://[::ffff:127.0.0.1]:1/", "loopback")]
    [InlineData("http://169.254.169.254/latest/meta-data", "link-local")]
    [InlineData("https://10.0.0.1/", "private")]
    [InlineData("http://localtest/", "loopback")]
    [InlineData("file:///etc/passwd", "no http")]
    [InlineData("gopher://example.com/", "no http")]
    [InlineData("not a url", "no http")]
    [InlineData("/relative", "no http")]
    public async Task An_address_that_is_not_public_is_refused_permanently(string url, string reason)
    {
        var sender = Guarded((host, _) => Task.FromResult<IPAddress[]>(
            host == "localtest" ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Parse(host.Trim('[', ']'))]));

        var answer = await sender.SendAsync(CallbackFixture.Message(url), Token);

        Assert.Equal(CallbackVerdict.Final, answer.Verdict);
        Assert.StartsWith("refused", answer.Text, StringComparison.Ordinal);
        Assert.Contains(reason, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_not_on_the_list_is_never_resolved()
    {
        var resolved = false;
        var sender = Guarded(
            (_, _) =>
            {
                resolved = true;
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            },
            new CallbackOptions { AllowedHosts = ["*.example.com"] });

        Assert.Equal(CallbackVerdict.Final, (await sender.SendAsync(CallbackFixture.Message("https://evil.test/"), Token)).Verdict);
        Assert.False(resolved);
        Assert.Equal(CallbackVerdict.Final, (await sender.SendAsync(CallbackFixture.Message("https://a.example.com/"), Token)).Verdict);
        Assert.True(resolved);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_retried() => Assert.Equal(
        CallbackVerdict.TryAgain, (await Guarded((_, _) => Task.FromResult<IPAddress[]>([])).SendAsync(CallbackFixture.Message(), Token)).Verdict);

    private CallbackSender Guarded(ResolveHost resolve, CallbackOptions? options = null) =>
        new(CallbackHttp.CreateClient(options ?? new CallbackOptions(), resolve), options ?? new CallbackOptions(), _time);

    private sealed class SilentReceiver : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("Never.");
        }
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long TotalRead { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++)
            {
                buffer.Span[i] = (byte)(i % 2 == 0 ? 'a' : '\n');
            }

            TotalRead += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
