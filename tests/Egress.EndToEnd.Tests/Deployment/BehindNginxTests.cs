using System.Globalization;
using System.Net;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests that downloads behave the same behind nginx with the configuration of docs/deploy.md.</summary>
public sealed class BehindNginxTests : IAsyncDisposable
{
    private const int Size = 32 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Length_bytes_and_resume_are_the_same_as_those_of_the_server(string version)
    {
        await using var server = await EgressServer.StartAsync();
        var link = await CreateAsync(server, "big.jpg");
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);
        var whole = await server.Client.GetByteArrayAsync(link, Token);

        var head = await CurlAsync(nginx, link, version, "--head");
        Assert.Contains($"content-length: {whole.Length}\r\n", head.EnsureSuccess().Output, StringComparison.OrdinalIgnoreCase);
        var got = _folder["got.zip"];
        (await CurlAsync(nginx, link, version, "--output", got)).EnsureSuccess();
        Assert.Equal(whole, await File.ReadAllBytesAsync(got, Token));

        var cut = whole.Length / 3;
        var part = await CurlAsync(nginx, link, version, "--range", $"{cut}-", "--dump-header", _folder["head"]);
        Assert.Equal(whole[cut..], part.EnsureSuccess().OutputBytes);
        var partHead = await File.ReadAllTextAsync(_folder["head"], Token);
        Assert.Contains(" 206 ", partHead, StringComparison.Ordinal);
        Assert.Contains($"content-range: bytes {cut}-{whole.Length - 1}/{whole.Length}\r\n", partHead, StringComparison.OrdinalIgnoreCase);

        var resumed = await _folder.WriteAsync("resumed.zip", whole.AsMemory(0, cut));
        (await CurlAsync(nginx, link, version, "--continue-at", "-", "--output", resumed)).EnsureSuccess();
        Assert.Equal(whole, await File.ReadAllBytesAsync(resumed, Token));
    }

    [Theory]
    [InlineData("big.jpg", "--http1.1")]
    [InlineData("big.log", "--http1.1")]
    [InlineData("big.jpg", "--http2")]
    [InlineData("big.log", "--http2")]
    public async Task A_download_that_fails_is_visibly_broken(string key, string version)
    {
        await using var server = await EgressServer.StartAsync();
        var link = await CreateAsync(server, key);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);
        var got = _folder["got.zip"];

        // The rate limit keeps the download running until the object is shortened.
        var curl = CurlAsync(nginx, link, version, "--limit-rate", "4M", "--output", got);
        await BrokenDownload.BegunAsync(got, Token);
        await using (var file = new FileStream(Path.Combine(server.Files, "b", key), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(1000);
        }

        // Exit codes of curl: partial file, receive error, stream reset.
        Assert.Contains((await curl).ExitCode, new[] { 18, 56, 92 });
        Assert.Contains("ObjectChanged", await server.Process.WaitForLineAsync("\"EventId\":1002", Limit), StringComparison.Ordinal);
        foreach (var reader in new[] { ZipReaders.Unzip, ZipReaders.SevenZip, ZipReaders.Python })
        {
            await Assert.ThrowsAsync<ArchiveRefusedException>(() => reader.TestAsync(got, null, Token));
        }
    }

    [Fact]
    public async Task A_slow_client_gets_everything_and_costs_neither_memory_nor_disk()
    {
        // Much more than all socket buffers on the path can hold.
        const int large = 4 * Size;
        await using var server = await EgressServer.StartAsync(("REQUEST_TIMEOUT", "10s"));
        var link = await CreateAsync(server, "big.jpg", large);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);
        var before = nginx.ResidentBytes;
        var got = _folder["got.zip"];

        // Takes longer than the time limit, which only counts time without progress.
        var curl = CurlAsync(nginx, link, "--http1.1", "--limit-rate", "8M", "--output", got);
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!curl.IsCompleted)
        {
            Assert.Empty(nginx.CollectedFiles);
            Assert.InRange(nginx.ResidentBytes - before, long.MinValue, Size / 4);
            await pause.WaitForNextTickAsync(Token);
        }

        (await curl).EnsureSuccess();
        await ZipReaders.Unzip.TestAsync(got, null, Token);
    }

    [Fact]
    public async Task A_client_that_stalls_behind_nginx_is_detected_by_the_server()
    {
        // Not shorter, because the limit also applies to the first byte, for which a newly started server needs longer.
        await using var server = await EgressServer.StartAsync(("REQUEST_TIMEOUT", "5s"));
        var link = await CreateAsync(server, "big.jpg");
        using (await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token))
        {
        }

        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler);
        using var answer = await client.GetAsync(new Uri(Address(nginx, link)), HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // A buffering proxy would receive everything, and the download would succeed from the view of the server.
        Assert.Contains("ClientStalled", await server.Process.WaitForLineAsync("\"EventId\":1002", Limit), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer.Content.CopyToAsync(Stream.Null, Token));
    }

    [Fact]
    public async Task Each_client_has_an_address_of_its_own_that_it_cannot_choose()
    {
        await using var server = await EgressServer.StartAsync(("TRUSTED_PROXIES", "1"), ("RATE_LIMIT_PER_IP", "0.001"), ("RATE_LIMIT_BURST", "1"));
        var link = await CreateAsync(server, "small.jpg", 1000);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);

        Assert.Equal("200", await StatusAsync("--interface", "127.0.0.2"));
        Assert.Equal("429", await StatusAsync("--interface", "127.0.0.2"));
        Assert.Equal("429", await StatusAsync("--interface", "127.0.0.2", "--header", "X-Forwarded-For: 203.0.113.7"));
        Assert.Equal("200", await StatusAsync("--interface", "127.0.0.3"));

        async Task<string> StatusAsync(params string[] options) => (await CurlAsync(
            nginx, link, "--http1.1", ["--output", _folder["answer"], "--write-out", "%{http_code}", .. options])).EnsureSuccess().Output;
    }

    private static async Task<string> CreateAsync(EgressServer server, string key, int size = Size)
    {
        await server.PutAsync("b", key, Content.Make(size, 1));
        return await server.CreateLinkAsync("b", key);
    }

    private static string Address(NginxServer nginx, string link) => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{nginx.Port}{link}");

    private static Task<ExecutableResult> CurlAsync(NginxServer nginx, string link, string version, params string[] options) =>
        Executable.Require("curl").RunAsync(["--silent", "--show-error", "--insecure", version, .. options, Address(nginx, link)]);
}
