using System.Text;
using Egress.TestKit.Network;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Core.Tests.TestKit;

public sealed class RawHttpClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello", "hello", BodyEnd.Whole)]
    [InlineData("Content-Length: 6\r\n\r\nhello", "hello", BodyEnd.Closed)]
    [InlineData("Content-Length: 0\r\n\r\n", "", BodyEnd.Whole)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", "hello", BodyEnd.Whole)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n", "hello", BodyEnd.Closed)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nll", "hell", BodyEnd.Closed)]
    [InlineData("\r\nhello", "hello", BodyEnd.Closed)]
    public async Task A_complete_body_is_distinguished_from_a_broken_one(string afterStatusLine, string body, BodyEnd end)
    {
        await using var server = new OneResponseServer("HTTP/1.1 200 OK\r\n" + afterStatusLine);
        await using RawHttpClient client = await RawHttpClient.SendAsync(server.Url, cancellationToken: Token);
        using var received = new MemoryStream();

        Assert.Equal(end, await client.ReadBodyAsync(received, cancellationToken: Token));
        Assert.Equal(200, client.Head.Status);
        Assert.Equal(body, Encoding.ASCII.GetString(received.ToArray()));
    }

    [Fact]
    public async Task A_paced_stream_is_never_ahead_of_its_rate()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.Zero };
        await using var paced = new PacedStream(new MemoryStream(new byte[1000]), bytesPerSecond: 100, time);
        byte[] buffer = new byte[1000];

        int first = await paced.ReadAsync(buffer, Token);
        Task<int> second = paced.ReadAsync(buffer, Token).AsTask();
        Assert.Equal(10, first);
        Assert.False(second.IsCompleted);

        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(10, await second);
    }
}
