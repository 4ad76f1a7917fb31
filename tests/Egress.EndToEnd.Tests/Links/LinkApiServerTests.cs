using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of the API of links: without API keys, with limits, and on two servers that share a database.</summary>
public sealed class LinkApiServerTests
{
    private const string Secret = "admin-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_key_there_is_no_API_for_any_method()
    {
        await using var server = await EgressServer.StartAsync();
        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS" })
        {
            foreach (var path in new[] { "/links", "/links/a", "/links/" })
            {
                using var response = await SendAsync(server.Client, method, path);
                Assert.Equal((path, HttpStatusCode.NotFound), (path, response.StatusCode));
                Assert.Empty(response.Headers.WwwAuthenticate);
            }
        }
    }

    [Fact]
    public async Task Without_PUBLIC_URL_links_are_relative_to_the_address_of_the_API()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("ENFORCE_SIGNING", "true"));
        await server.PutAsync("b", "a.txt", "1"u8.ToArray());
        using var created = await CreateAsync(server.Client, """{"bucket":"b","objects":["a.txt"],"id":"download/a"}""");
        var body = await JsonAsync(created);
        Assert.StartsWith("/download/download%2Fa?expiry=", body.GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("/view/download%2Fa?expiry=", body.GetProperty("page_url").GetString(), StringComparison.Ordinal);
        Assert.Equal("/links/download%2Fa", created.Headers.Location?.OriginalString);
        using var archive = await server.Client.GetAsync(body.GetProperty("url").GetString(), Token);
        Assert.Equal(HttpStatusCode.OK, archive.StatusCode);
    }

    [Fact]
    public async Task Bodies_that_are_too_large_or_too_slow_are_refused_and_requests_are_counted()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("MAX_RECORD_SIZE", "1M"), ("REQUEST_TIMEOUT", "1s"));
        using var large = await CreateAsync(server.Client, $$"""{"bucket":"b","objects":["{{new string('a', 2 << 20)}}"]}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "urn:egress:problem:body-too-large"), (large.StatusCode, (await JsonAsync(large)).GetProperty("type").GetString()));

        var (head, _) = PlainServer.RawRequest.Split(await PlainServer.RawRequest.SendAsync(
            server.Port,
            $"POST /links HTTP/1.1\r\nHost: x\r\nX-Api-Key: {Secret}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{",
            closeSending: false, Token));
        Assert.StartsWith("HTTP/1.1 408 ", head, StringComparison.Ordinal);
        using var healthy = await server.Client.GetAsync("/health", Token);
        Assert.Equal(HttpStatusCode.OK, healthy.StatusCode);
    }

    [Fact]
    public async Task A_body_that_continues_after_its_refusal_is_not_read()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("MAX_RECORD_SIZE", "1M"));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", server.Port, Token);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /links HTTP/1.1\r\nHost: x\r\nX-Api-Key: {Secret}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n19\r\n{{\"bucket\":\"b\",\"objects\":[\r\n"), Token);
        var sent = 0L;
        var sending = Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (var chunk = Encoding.ASCII.GetBytes($"10000\r\n{string.Concat(Enumerable.Repeat("\"aaaaaaaaaaaaa\",", 4096))}\r\n"); ; sent += chunk.Length)
            {
                await stream.WriteAsync(chunk, Token);
            }
        });
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 413 ", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
        await sending;
        Assert.InRange(sent, 1 << 20, 100 << 20); // the socket buffers accept some bytes
    }

    [Fact]
    public async Task Attempts_to_guess_a_key_are_limited_by_address()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("RATE_LIMIT_PER_IP", "0.001"), ("RATE_LIMIT_BURST", "2"));
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
        {
            using var response = await SendAsync(server.Client, "GET", "/links", "wrong-secret-0123456789");
            answers.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], answers);
    }

    [Fact]
    public async Task Neither_secrets_nor_signed_links_are_in_the_log()
    {
        await using var server = await EgressServer.StartAsync(
            ("ADMIN_API_KEY", Secret), ("API_KEYS", "shop:shop-secret-0123456789"), ("LOG_LEVEL", "debug"), ("ENFORCE_SIGNING", "true"));
        await server.PutAsync("b", "a.txt", "1"u8.ToArray());
        using var created = await CreateAsync(server.Client, """{"bucket":"b","objects":["a.txt"]}""");
        using var refused = await SendAsync(server.Client, "GET", "/links", "wrong-secret-0123456789");
        await server.Process.WaitForLineAsync("\"EventId\":1102", TimeSpan.FromMinutes(1));
        var signature = (await JsonAsync(created)).GetProperty("url").GetString()!.Split("signature=")[1];
        Assert.DoesNotContain(
            server.Process.Log.Lines,
            line => line.Contains("secret-0123456789", StringComparison.Ordinal) || line.Contains(signature, StringComparison.Ordinal));
        Assert.Contains(server.Process.Log.Lines, line => line.Contains("\"EventId\":1100", StringComparison.Ordinal) && line.Contains("admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_state_of_a_link_has_the_state_of_its_callback()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("CALLBACK_ALLOW_PRIVATE_NETWORKS", "true"));
        await server.PutAsync("b", "a.jpg", new byte[1000]);
        using var created = await CreateAsync(server.Client, $$"""{"bucket":"b","objects":["a.jpg"],"callback":"{{receiver.Url}}"}""");
        var link = await JsonAsync(created);
        Assert.False((await StateAsync()).TryGetProperty("callback", out _));
        using var whole = await server.Client.GetAsync(link.GetProperty("url").GetString(), Token);
        await whole.Content.ReadAsByteArrayAsync(Token);

        var state = await Eventually.UntilAsync(
            StateAsync, static state => state.TryGetProperty("callback", out _), "the state of the callback", static state => state.ToString(), Token);
        var callback = state.GetProperty("callback");
        Assert.Equal(
            ("delivered", 1, "200 OK"),
            (callback.GetProperty("state").GetString(), callback.GetProperty("attempts").GetInt32(), callback.GetProperty("last_answer").GetString()));

        async Task<JsonElement> StateAsync()
        {
            using var response = await SendAsync(server.Client, "GET", $"/links/{link.GetProperty("id").GetString()}");
            return await JsonAsync(response);
        }
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    [InlineData("redis")]
    public async Task A_revocation_takes_effect_on_another_server_with_the_next_request_and_ends_its_transfers(string kind)
    {
        await using var folder = new TempFolder();
        await folder.WriteAsync("b/small.jpg", new byte[1000]);
        await folder.WriteAsync("b/large.jpg", default);
        await using (var file = File.OpenWrite(folder["b/large.jpg"]))
        {
            file.SetLength(2L << 30);
        }

        (string, string?)[] settings = [("DB_URL", await LinkDatabase.CreateAsync(kind, Token)), ("STORAGE_PATH", folder.Path), ("ADMIN_API_KEY", Secret), ("KEY_PREFIX", RedisServer.NewKeyPrefix())];
        await using var one = await EgressServer.StartAsync(settings);
        await using var two = await EgressServer.StartAsync(settings);
        var (small, large) = (await CreateJsonAsync(one.Client, "small.jpg"), await CreateJsonAsync(one.Client, "large.jpg"));
        using var before = await two.Client.GetAsync(small.Url, Token);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        using var running = await two.Client.GetAsync(large.Url, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var body = await running.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[1 << 20], Token);

        foreach (var id in new[] { small.Id, large.Id })
        {
            using var revoked = await SendAsync(one.Client, "DELETE", $"/links/{id}");
            Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        }

        using var after = await two.Client.GetAsync(small.Url, Token);
        Assert.Equal(HttpStatusCode.Gone, after.StatusCode);
        await two.Process.WaitForLineAsync("aborted (LinkRevoked)", TimeSpan.FromMinutes(1));
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null, Token));
    }

    private static async Task<(string Id, string Url)> CreateJsonAsync(HttpClient client, string key)
    {
        using var created = await CreateAsync(client, $$"""{"bucket":"b","objects":["{{key}}"]}""");
        var body = await JsonAsync(created);
        Assert.True(created.StatusCode == HttpStatusCode.Created, body.ToString());
        return (body.GetProperty("id").GetString()!, body.GetProperty("url").GetString()!);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync(Token));

    private static Task<HttpResponseMessage> CreateAsync(HttpClient client, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/links")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "X-Api-Key", Secret } },
        };
        return client.SendAsync(request, Token);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, string secret = Secret) =>
        client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "X-Api-Key", secret } } }, Token);
}
