using System.Net;
using Egress.Records;
using Egress.Settings;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests of response headers behind nginx: with the default buffers of nginx, and with the configuration of docs/deploy.md.</summary>
public sealed class NginxHeadersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("日", 400)]
    [InlineData("a", 400)]
    [InlineData("%", 400)]
    [InlineData("😀", 400)]
    public async Task The_default_buffers_hold_the_longest_headers_of_a_response(string character, int length)
    {
        await using var folder = new TempFolder();
        await using var server = await EgressServer.StartAsync(("DATA_DIR", folder["data"]), ("APPEND_YMD", "true"));
        await server.RunAsync("link", "create", "--id", "warm-up", "--object", "x");
        await folder.WriteAsync("data/files/b/x.jpg", new byte[100]);
        await AddAsync(folder, string.Concat(Enumerable.Repeat(character, length)));
        await using var nginx = await NginxServer.StartAsync(server.Port, location: "");

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, EgressServer.Link("long"));
        request.Headers.Add("X-Request-ID", new string('r', 128));
        using var answer = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(20, answer.Headers.Count(static header => header.Key.StartsWith("X-Own-", StringComparison.Ordinal)));
        Assert.StartsWith(
            string.Concat(Enumerable.Repeat(character, 50)), answer.Content.Headers.ContentDisposition?.FileNameStar ?? answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'),
            StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("X-Own-Last"));
    }

    [Fact]
    public async Task A_record_cannot_make_nginx_send_a_file_of_its_own()
    {
        await using var folder = new TempFolder();
        await using var server = await EgressServer.StartAsync(("DATA_DIR", folder["data"]));
        await folder.WriteAsync("data/files/b/x.jpg", new byte[100]);
        await folder.WriteAsync("internal/secret.txt", "internal secret"u8.ToArray());
        await AddAsync(folder, "steer", ("X-Accel-Redirect", "/internal/secret.txt"));
        await using var nginx = await NginxServer.StartAsync((_, port) => Task.FromResult(
            $$"""
            server {
              listen 127.0.0.1:{{port}};
              location / { proxy_pass http://127.0.0.1:{{server.Port}}; }
              location /internal/ { internal; root {{folder.Path}}; }
            }
            """));

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{nginx.Port}") };
        using var answer = await client.GetAsync(EgressServer.Link("long"), Token);
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("internal secret", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/METRICS")]
    [InlineData("/metrics/")]
    [InlineData("//metrics")]
    [InlineData("/%6Detrics")]
    [InlineData("/download/../metrics")]
    public async Task The_page_of_metrics_is_closed_in_every_spelling(string path)
    {
        await using var server = await EgressServer.StartAsync();
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port);
        var status = await TestKit.Processes.Executable.Require("curl").RunAsync(
            "--silent", "--insecure", "--path-as-is", "--output", "/dev/null", "--write-out", "%{http_code}", $"https://127.0.0.1:{nginx.Port}{path}");
        Assert.Equal("403", status.EnsureSuccess().Output);
    }

    /// <summary>
    /// The Caddy configuration must list both paths. Caddy's path matcher ignores case, but it does not match a trailing slash, which Egress accepts.
    /// </summary>
    [Theory]
    [InlineData("docs/deploy.md")]
    [InlineData("compose.tls.yaml")]
    public async Task Caddy_closes_the_page_of_metrics_with_and_without_a_slash_at_the_end(string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, file), Token);
        Assert.Matches(@"@metrics path /metrics /metrics/\n\s+respond @metrics 403\n\s+reverse_proxy", text);
    }

    /// <summary>Stores a record with an archive name and the longest allowed headers, and a record whose headers are too long.</summary>
    private static async Task AddAsync(TempFolder folder, string name, params (string Name, string Value)[] more)
    {
        var settings = SettingsReader.Read(
            SettingSource.FromEnvironment(new Dictionary<string, string> { ["DATA_DIR"] = folder["data"] }), HostProfile.Server);
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        var headers = Enumerable.Range(10, 20).ToDictionary(static number => $"X-Own-{number}", static _ => new string('v', 89));
        headers["X-Own-Last"] = new string('v', 200);
        foreach (var (header, value) in more)
        {
            headers[header] = value;
        }

        var record = new DownloadRecord { Id = "long", Bucket = "b", Name = name, Objects = [new ObjectItem("x.jpg")], CustomHeaders = headers };
        Assert.True(await services.GetRequiredService<IRecordWriter>().TryAddAsync(record, Token));
    }
}
