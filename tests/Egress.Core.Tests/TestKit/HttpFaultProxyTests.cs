using System.Net;
using Egress.TestKit.Network;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Egress.Core.Tests.TestKit;

public sealed class HttpFaultProxyTests : IAsyncLifetime
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(n => (byte)(n % 251))];

    private readonly HttpClient _client = new();
    private WebApplication _server = null!;
    private HttpFaultProxy _proxy = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.MapGet("/file", () => Results.Bytes(Content));
        _server.MapPost("/echo", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            return Results.Bytes(body.ToArray());
        });
        _server.MapFallback((HttpContext context) => context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        await _server.StartAsync(Token);
        _proxy = new HttpFaultProxy(new Uri(_server.Urls.Single()).Port);
        _client.BaseAddress = _proxy.Endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Requests_and_bodies_pass_unchanged()
    {
        Assert.Equal(Content, await _client.GetByteArrayAsync("/file", Token));

        using HttpResponseMessage echo = await _client.PostAsync("/echo", new ByteArrayContent(Content), Token);
        Assert.Equal(Content, await echo.Content.ReadAsByteArrayAsync(Token));

        const string target = "/a%20b%2Fc%2B+%25?q=%C3%A4";
        Assert.Equal(target, await _client.GetStringAsync(target, Token));
        Assert.Equal(["GET /file", "POST /echo", $"GET {target}"], _proxy.Requests.Select(head => $"{head.Method} {head.Target}"));
    }

    [Fact]
    public async Task An_injected_answer_applies_to_the_given_number_of_matching_requests()
    {
        _proxy.Answer(429, retryAfterSeconds: 7, times: 2, when: request => request.Target == "/file", body: "slow down");

        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/other", Token)).StatusCode);
        for (int n = 0; n < 2; n++)
        {
            using HttpResponseMessage refused = await _client.GetAsync("/file", Token);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(7), refused.Headers.RetryAfter?.Delta);
            Assert.Equal("slow down", await refused.Content.ReadAsStringAsync(Token));
        }

        Assert.Equal(HttpStatusCode.OK, (await _client.GetAsync("/file", Token)).StatusCode);
    }

    [Fact]
    public async Task An_answer_to_an_upload_arrives_although_Egress_does_not_read_the_upload()
    {
        _proxy.Answer(403);

        using HttpResponseMessage refused = await _client.PostAsync("/echo", new ByteArrayContent(Content), Token);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_cut_counts_the_bytes_of_the_body()
    {
        _proxy.Fail(Fault.Cut(100_000, CutKind.Close), times: 1);
        using var received = new MemoryStream();
        await using RawHttpClient cut = await RawHttpClient.SendAsync(new Uri(_proxy.Endpoint, "/file"), cancellationToken: Token);

        Assert.Equal(BodyEnd.Closed, await cut.ReadBodyAsync(received, cancellationToken: Token));

        Assert.Equal(Content[..100_000], received.ToArray());
        Assert.Equal(Content, await _client.GetByteArrayAsync("/file", Token));
    }

    [Fact]
    public async Task A_reset_is_recognized_as_one()
    {
        _proxy.Fail(Fault.Cut(100_000));
        await using RawHttpClient cut = await RawHttpClient.SendAsync(new Uri(_proxy.Endpoint, "/file"), cancellationToken: Token);

        Assert.Equal(BodyEnd.Reset, await cut.ReadBodyAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task A_corrupted_byte_is_one_of_the_body()
    {
        _proxy.Fail(Fault.Corrupt(5));
        byte[] expected = [.. Content];
        expected[5] ^= 0xFF;

        Assert.Equal(expected, await _client.GetByteArrayAsync("/file", Token));
    }

    [Fact]
    public async Task A_client_that_disconnects_during_a_stalled_response_ends_the_connection()
    {
        StallFault stall = _proxy.Fail(Fault.Stall(1000));
        RawHttpClient client = await RawHttpClient.SendAsync(new Uri(_proxy.Endpoint, "/file"), cancellationToken: Token);
        await client.ReadRawAsync(1000, Token);
        await stall.Applied.WaitAsync(Token);

        client.Reset();

        await _proxy.WaitUntilIdleAsync(Token);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Healing_removes_all_faults()
    {
        _proxy.Answer(503);
        _proxy.Fail(Fault.Cut(0));

        _proxy.Heal();

        Assert.Equal(Content, await _client.GetByteArrayAsync("/file", Token));
    }
}
