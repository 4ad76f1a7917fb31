using System.Net;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of the limits for a single client and a single link.</summary>
public sealed class LimitTests
{
    private const int Size = 64 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("MAX_ACTIVE_DOWNLOADS_PER_IP", "too-many-downloads")]
    [InlineData("MAX_ACTIVE_DOWNLOADS_PER_LINK", "link-at-capacity")]
    public async Task A_slow_reader_does_not_lock_out_others(string setting, string code)
    {
        await using var server = await EgressServer.StartAsync((setting, "1"), ("TRUSTED_PROXIES", "1"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = await server.CreateLinkAsync("b", "big.jpg");
        var other = await server.CreateLinkAsync("b", "big.jpg");
        await using (await RawHttpClient.SendAsync(
            new Uri(server.Client.BaseAddress!, link), headers: ["X-Forwarded-For: 192.0.2.1"], cancellationToken: Token))
        {
            using var refused = await GetAsync(link, "192.0.2.1");
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
            using var problem = JsonDocument.Parse(await refused.Content.ReadAsStringAsync(Token));
            Assert.Equal($"urn:egress:problem:{code}", problem.RootElement.GetProperty("type").GetString());
            using var answer = await GetAsync(other, "192.0.2.2");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

            // A HEAD request from another address sends no archive, so it needs no slot of the link.
            using var head = new HttpRequestMessage(HttpMethod.Head, link) { Headers = { { "X-Forwarded-For", "192.0.2.3" } } };
            using var headers = await server.Client.SendAsync(head, Token);
            Assert.Equal(HttpStatusCode.OK, headers.StatusCode);
        }

        await Eventually.UntilAsync(
            async () =>
            {
                using var again = await GetAsync(link, "192.0.2.1");
                return again.StatusCode == HttpStatusCode.OK;
            },
            "the slot of the client that left",
            Token);

        Task<HttpResponseMessage> GetAsync(string address, string client)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "X-Forwarded-For", client } } };
            return server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        }
    }

    [Fact]
    public async Task An_id_of_7_KB_leaves_few_bytes_in_the_log()
    {
        await using var server = await EgressServer.StartAsync(("LOG_LEVEL", "debug"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/download/%1B%5B31m{new string('x', 7000)}") { Headers = { { "X-Request-ID", "long-id" } } };
        using var refused = await server.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        var line = await server.Process.WaitForLineAsync("long-id", TimeSpan.FromMinutes(1));
        Assert.InRange(line.Length, 1, 2000);
        Assert.DoesNotContain("\\u001B", line, StringComparison.OrdinalIgnoreCase);
    }
}
