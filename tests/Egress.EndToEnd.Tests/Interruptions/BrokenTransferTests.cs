using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>Tests that a client detects a transfer that failed after its first byte, with any proxy between Egress and the client.</summary>
public sealed class BrokenTransferTests
{
    private const int Size = 64 << 20;

    /// <summary>Exit codes of curl for a transfer that ended early: partial file, or receive error.</summary>
    private static readonly int[] BrokenTransfer = [18, 56];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("big.jpg", new string[0], false)]
    [InlineData("big.jpg", new[] { "--http1.0" }, false)]
    [InlineData("big.jpg", new string[0], true)]
    [InlineData("big.log", new string[0], false)]
    [InlineData("big.log", new[] { "--http1.0" }, false)]
    [InlineData("big.log", new string[0], true)]
    public async Task A_file_that_shrinks_breaks_the_transfer_and_no_reader_takes_what_arrived(string key, string[] options, bool behindNginx)
    {
        await using var server = await EgressServer.StartAsync();
        var path = await server.PutAsync("b", key, Content.Make(Size, 1));
        var link = await server.CreateLinkAsync("b", key);
        await using var nginx = behindNginx ? await NginxServer.StartAsync(server.Port) : null;
        await using var folder = new TempFolder();
        var got = folder["got.zip"];

        // The file is shortened when its first bytes have arrived. --limit-rate keeps the transfer running until then.
        var curl = Executable.Require("curl").RunAsync(
            ["-sS", "--limit-rate", "8M", "-o", got, .. options, $"http://127.0.0.1:{nginx?.Port ?? server.Port}{link}"]);
        await BrokenDownload.BegunAsync(got, Token);
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(1000);
        }

        var result = await curl;
        Assert.Contains(result.ExitCode, BrokenTransfer);
        Assert.Contains("ObjectChanged", await server.Process.WaitForLineAsync("\"EventId\":1002", Limit), StringComparison.Ordinal);
        foreach (var reader in new[] { ZipReaders.Unzip, ZipReaders.SevenZip, ZipReaders.Python })
        {
            await Assert.ThrowsAsync<ArchiveRefusedException>(() => reader.TestAsync(got, null, Token));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_disconnects_stops_the_reading_and_is_not_an_error(bool reset)
    {
        await using var server = await EgressServer.StartAsync(("MAX_ACTIVE_DOWNLOADS", "1"));
        var path = await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg"));
        await using (var client = await RawHttpClient.SendAsync(link, cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
            Assert.True(IsOpen(server, path));
            if (reset)
            {
                client.Reset();
            }
        }

        // The only slot becomes free when the download has ended.
        await Eventually.UntilAsync(
            async () =>
            {
                using var next = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
                return next.IsSuccessStatusCode;
            },
            "the only place",
            Token);

        // The slot is released when the response has ended. The object is closed shortly afterwards.
        await Eventually.UntilAsync(() => Task.FromResult(!IsOpen(server, path)), "the object is closed", Token);
        Assert.DoesNotContain(server.Process.Log.Lines, line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_receives_nothing_is_disconnected_by_the_time_limit()
    {
        // Not shorter, because the limit also applies to the first byte, for which a newly started server needs longer.
        await using var server = await EgressServer.StartAsync(("REQUEST_TIMEOUT", "5s"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg"));
        using (await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token))
        {
        }

        await using var client = await RawHttpClient.SendAsync(link, cancellationToken: Token);
        Assert.Contains("ClientStalled", await server.Process.WaitForLineAsync("\"EventId\":1002", Limit), StringComparison.Ordinal);
        Assert.NotEqual(BodyEnd.Whole, await client.ReadBodyAsync(cancellationToken: Token));
    }

    [Fact]
    public async Task Stopping_lets_running_downloads_finish_and_refuses_new_ones()
    {
        await using var server = await EgressServer.StartAsync(("SHUTDOWN_TIMEOUT", "20s"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg"));
        await using var running = await RawHttpClient.SendAsync(link, cancellationToken: Token);
        server.Process.Signal(UnixSignal.Terminate);
        await server.Process.WaitForLineAsync("\"EventId\":6001", Limit);

        using var ready = await server.Client.GetAsync("/ready", Token);
        using var health = await server.Client.GetAsync("/health", Token);
        using var refused = await server.Client.GetAsync(link, Token);
        Assert.Equal((503, 200, 503), ((int)ready.StatusCode, (int)health.StatusCode, (int)refused.StatusCode));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(BodyEnd.Whole, await running.ReadBodyAsync(cancellationToken: Token));
        Assert.Equal(0, await server.Process.Exited);
    }

    [Fact]
    public async Task Downloads_that_run_after_the_shutdown_limit_are_aborted_as_interrupted()
    {
        await using var server = await EgressServer.StartAsync(("SHUTDOWN_TIMEOUT", "1s"));
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        await using var running = await RawHttpClient.SendAsync(
            new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", "big.jpg")), cancellationToken: Token);
        Assert.Equal(0, await server.Process.StopAsync());
        Assert.Contains(server.Process.Log.Lines, line => line.Contains("(Interrupted)", StringComparison.Ordinal));
        Assert.NotEqual(BodyEnd.Whole, await running.ReadBodyAsync(cancellationToken: Token));
    }

    /// <summary>Whether the server has the file open.</summary>
    private static bool IsOpen(EgressServer server, string path) =>
        Directory.EnumerateFileSystemEntries($"/proc/{server.Process.Id}/fd").Any(link => new FileInfo(link).LinkTarget == path);
}
