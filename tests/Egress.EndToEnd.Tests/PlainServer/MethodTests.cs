using System.Globalization;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Methods are case-sensitive, and none causes an error of the server.</summary>
public sealed class MethodTests(DefaultServer shared) : IClassFixture<DefaultServer>
{
    private static readonly string[] Methods =
        ["head", "Head", "get", "post", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PRI", "QUERY", "X-y", new('m', 60)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_other_method_is_refused_with_the_allowed_ones_and_a_body_of_its_length()
    {
        var server = shared.Server;
        foreach (var method in Methods)
        {
            foreach (var path in new[] { "/health", "/ready", "/metrics", "/abc", "/download/abc" })
            {
                var (head, body) = await SendAsync(server, method, path);
                Assert.StartsWith("HTTP/1.1 405 ", head, StringComparison.Ordinal);
                Assert.Contains("\r\nAllow: GET, HEAD\r\n", head, StringComparison.Ordinal);
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\r\nContent-Length: {body.Length}\r\n"), head, StringComparison.Ordinal);
            }

            Assert.StartsWith("HTTP/1.1 404 ", (await SendAsync(server, method, "/favicon.ico")).Head, StringComparison.Ordinal);
            Assert.StartsWith("HTTP/1.1 404 ", (await SendAsync(server, method, "/a/b/c")).Head, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(server.Process.Log.Lines, line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/health", "200")]
    [InlineData("/metrics", "200")]
    [InlineData("/abc", "404")]
    [InlineData("/a/b/c", "404")]
    public async Task HEAD_has_the_length_of_GET_and_no_body(string path, string status)
    {
        var server = shared.Server;
        var (head, body) = await SendAsync(server, "HEAD", path);
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    [Theory]
    [InlineData("OPTIONS", "*")]
    [InlineData("GET", "*")]
    [InlineData("CONNECT", "example.com:443")]
    [InlineData("CONNECT", "/health")]
    [InlineData("G:T", "/health")]
    [InlineData("GET", "http://other.example/health")]
    public async Task Odd_request_targets_never_cause_a_server_error(string method, string target)
    {
        var server = shared.Server;
        var (head, _) = await SendAsync(server, method, target);
        Assert.DoesNotContain(head.Split(' ')[1], new[] { "500", "502", "503" });
        using var healthy = await server.Client.GetAsync("/health", Token);
        Assert.True(healthy.IsSuccessStatusCode);
    }

    private static async Task<(string Head, byte[] Body)> SendAsync(EgressServer server, string method, string target) => RawRequest.Split(
        await RawRequest.SendAsync(server.Port, $"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", closeSending: false, Token));
}
