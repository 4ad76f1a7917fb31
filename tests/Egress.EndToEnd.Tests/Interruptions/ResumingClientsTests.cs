using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>What programs do by themselves when a transfer breaks: the table in docs/archives.md.</summary>
public sealed class ResumingClientsTests : IAsyncDisposable
{
    private const int Size = 6 << 20;
    private const int Half = Size / 2;

    private readonly TempFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    /// <summary>A table of cases: the client, how the connection ends, whether nginx is between Egress and the client, and what the client does.</summary>
    [Theory]
    [InlineData("chromium", CutKind.Reset, false, "cancels")]
    [InlineData("chromium", CutKind.Close, false, "resumes")]
    [InlineData("chromium", CutKind.Reset, true, "resumes")]
    [InlineData("chromium", CutKind.Close, true, "resumes")]
    [InlineData("wget", CutKind.Reset, false, "resumes")]
    [InlineData("wget", CutKind.Close, false, "resumes")]
    [InlineData("wget", CutKind.Reset, true, "resumes")]
    [InlineData("aria2c -x1", CutKind.Reset, false, "resumes")]
    [InlineData("aria2c -x1", CutKind.Close, false, "resumes")]
    [InlineData("aria2c -x1", CutKind.Reset, true, "resumes")]
    [InlineData("curl", CutKind.Reset, false, "starts again")]
    [InlineData("curl", CutKind.Close, false, "starts again")]
    [InlineData("curl", CutKind.Reset, true, "starts again")]
    [InlineData("curl -C -", CutKind.Reset, false, "starts again")]
    [InlineData("curl -C -", CutKind.Close, false, "starts again")]
    public async Task A_client_detects_a_broken_transfer_and_does_what_the_page_says(string client, CutKind kind, bool behindNginx, string does)
    {
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var link = await server.CreateLinkAsync("b", "big.jpg");
        await using var proxy = new FaultProxy(server.Port);
        await using var nginx = behindNginx ? await NginxServer.StartAsync(proxy.Port) : null;
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        proxy.FailNext(Fault.Cut(Half, kind, arrived.Task));

        // The connection breaks when the client has written something to its file.
        var run = RunAsync(client, $"http://127.0.0.1:{nginx?.Port ?? proxy.Port}{link}");
        await Task.WhenAny(run, Eventually.UntilAsync(() => Task.FromResult(HasBegun()), "a part of the archive", Token));
        arrived.SetResult();
        var got = await run;

        // The server counts a request when it has ended, which may be after the client has ended.
        const string wholes = "egress_requests_total{status=\"200\"}", ranges = "egress_requests_total{status=\"206\"}";
        var requests = does == "cancels" ? 1 : 2;
        var shown = await Scrape.UntilAsync(
            server.Client, shown => shown.GetValueOrDefault(wholes) + shown.GetValueOrDefault(ranges) == requests, $"{requests} requests", Token);
        var (whole, parts) = (shown.GetValueOrDefault(wholes), shown.GetValueOrDefault(ranges));
        Assert.Equal(does, (got is not null, whole, parts) switch
        {
            (true, 1, 1) => "resumes",
            (true, 2, 0) => "starts again",
            (false, 1, 0) => "cancels",
            var other => other.ToString(),
        });
        if (got is not null)
        {
            var archive = await server.Client.GetByteArrayAsync(link, Token);
            var received = await File.ReadAllBytesAsync(got, Token);
            Assert.True(archive.AsSpan().SequenceEqual(received));
        }
    }

    /// <returns>Path of the file, or null if the client gave up.</returns>
    private async Task<string?> RunAsync(string client, string url)
    {
        var got = _folder["got.zip"];
        if (client == "chromium")
        {
            return await BrowseAsync(url);
        }

        var words = client.Split(' ');
        string[] options = words[0] switch
        {
            "curl" => ["-sS", "--fail", "--retry", "5", "--retry-all-errors", "--retry-delay", "1", "-o", got],
            "wget" => ["-q", "--waitretry=1", "-O", got],
            _ => ["--quiet", "--file-allocation=none", "--disk-cache=0", "-d", _folder.Path, "-o", "got.zip"],
        };
        var ended = await Executable.Require(words[0]).RunAsync([.. words.Skip(1), .. options, url]);
        return ended.ExitCode == 0 ? got : null;
    }

    private async Task<string?> BrowseAsync(string url)
    {
        var chromium = Executable.Require("chromium", "chromium-browser", "google-chrome");
        var modules = Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "puppeteer-core")))
        {
            Requirement.Missing("chromium", "puppeteer-core is not installed (tests/install-servers.sh does that)");
        }

        Directory.CreateDirectory(_folder["downloads"]);
        var run = await Executable.Require("node").RunAsync(
            new ExecutableRun
            {
                Arguments = [Path.Combine(RepositoryRoot.Path, "tests/Egress.TestKit/Downloads/download.js"), modules, chromium.Path, _folder.Path, url],
                WorkingDirectory = _folder.Path,
                Limit = TimeSpan.FromMinutes(5),
            },
            Token);
        var download = JsonElement.Parse(run.EnsureSuccess().Output);
        return download.GetProperty("state").GetString() == "completed" ? download.GetProperty("path").GetString() : null;
    }

    /// <summary>Whether a part of the archive is in the file of the client, or in that of the browser, which has another name until it is complete.</summary>
    private bool HasBegun() => Directory.EnumerateFiles(_folder.Path, "got.zip").Concat(Directory.Exists(_folder["downloads"]) ? Directory.EnumerateFiles(_folder["downloads"]) : [])
        .Any(static file => new FileInfo(file) is { Exists: true, Length: > 0 });
}
