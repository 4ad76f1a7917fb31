using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests with clients that close their sending side right after the request.</summary>
public sealed class HalfClosedClientTests
{
    private const int Size = 8 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("1.0")]
    public async Task Half_closed_clients_get_the_whole_archive(string version)
    {
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        await server.PutAsync("b", "big.log", Content.Make(Size, 2, compressible: true));
        foreach (var link in new[] { await server.CreateLinkAsync("b", "big.jpg"), await server.CreateLinkAsync("b", "big.jpg", "big.log") })
        {
            var (head, body) = RawRequest.Split(await RawRequest.SendAsync(server.Port, $"GET {link} HTTP/{version}\r\nHost: x\r\n\r\n", closeSending: true, Token));
            Assert.StartsWith("HTTP/1.1 200 ", head, StringComparison.Ordinal);
            if (head.Contains("Content-Length", StringComparison.Ordinal))
            {
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n"), head, StringComparison.Ordinal);
                using var zip = new ZipArchive(new MemoryStream(body));
                Assert.Equal("big.jpg", Assert.Single(zip.Entries).Name);
            }
            else
            {
                Assert.EndsWith(version == "1.1" ? "\r\n0\r\n\r\n" : "", Encoding.Latin1.GetString(body[^7..]), StringComparison.Ordinal);
                Assert.InRange(body.Length, Size, 2 * Size);
            }
        }
    }

    [Fact]
    public async Task Half_closed_clients_get_short_answers_and_refusals()
    {
        await using var server = await EgressServer.StartAsync();
        foreach (var (path, status) in new[] { ("/health", "200"), ("/none", "404"), ("/none?signature=00", "401"), ("/a/b/c", "404") })
        {
            var answer = await RawRequest.SendAsync(server.Port, $"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n", closeSending: true, Token);
            Assert.StartsWith($"HTTP/1.1 {status} ", RawRequest.Split(answer).Head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_client_that_closes_its_sending_side_and_then_disconnects_ends_the_download()
    {
        await using var server = await EgressServer.StartAsync(("MAX_ACTIVE_DOWNLOADS", "1"), ("LOG_LEVEL", "debug"));
        await server.PutAsync("b", "big.jpg", Content.Make(8 * Size, 1));
        var link = await server.CreateLinkAsync("b", "big.jpg");
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 })
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Port, Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET {link} HTTP/1.1\r\nHost: x\r\n\r\n"), Token);
            socket.Shutdown(SocketShutdown.Send);
            Assert.NotEqual(0, await socket.ReceiveAsync(new byte[1000], Token));
        }

        // Event 1001: the client disconnected.
        await server.Process.WaitForLineAsync("\"EventId\":1001", TimeSpan.FromMinutes(1));
    }
}
