using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of links with a limited number of downloads, on two servers with one database.</summary>
public sealed class DownloadLimitTests : IAsyncLifetime
{
    private const string Secret = "admin-secret-0123456789";

    /// <summary>The size of the object in bytes. It is so large that 5 % of five downloads plus 16 MiB are less than one download.</summary>
    private const int Size = 40 << 20;

    private readonly TempFolder _folder = new();
    private readonly byte[] _content = Content.Make(Size, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _folder.WriteAsync("b/file.jpg", _content);

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    [InlineData("redis")]
    public async Task Of_fifty_downloads_at_once_five_are_sent(string kind)
    {
        await using var servers = await StartAsync(kind);
        var link = await servers.CreateLinkAsync(5);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            using var response = await servers[i].Client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, Token);
            await using var body = await response.Content.ReadAsStreamAsync(Token);
            var length = await CountAsync(body);
            return (response.StatusCode, IsWhole: response.Content.Headers.ContentLength == length, response.Headers.RetryAfter);
        }));
        Assert.Equal(5, answers.Count(static answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.All(answers, static answer => Assert.True(answer.StatusCode switch
        {
            HttpStatusCode.OK => answer.IsWhole,
            HttpStatusCode.ServiceUnavailable => answer.RetryAfter is not null,
            var status => status == HttpStatusCode.Gone,
        }));
        foreach (var i in new[] { 0, 1 })
        {
            await Eventually.UntilAsync(async () => await ProblemAsync(servers[i], link) == "urn:egress:problem:link-used-up", "a link that is used up", Token);
        }

        var state = await servers.StateAsync(link);
        Assert.Equal((5, 5), (state.GetProperty("max_downloads").GetInt32(), state.GetProperty("downloads_used").GetInt32()));
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task A_client_that_is_interrupted_nine_times_and_resumes_gets_its_file(string kind)
    {
        await using var servers = await StartAsync(kind);
        var link = await servers.CreateLinkAsync(1);
        using var received = new MemoryStream();
        string? etag = null;
        for (var i = 0; i < 10; i++)
        {
            string[] headers = etag is null ? [] : [$"Range: bytes={received.Length}-", $"If-Range: {etag}"];
            await using var client = await RawHttpClient.SendAsync(new Uri(servers[i].Client.BaseAddress!, link), headers: headers, cancellationToken: Token);
            Assert.Equal(i == 0 ? 200 : 206, client.Head.Status);
            etag = client.Head.Headers["ETag"];
            if (i == 9)
            {
                Assert.Equal(BodyEnd.Whole, await client.ReadBodyAsync(received, cancellationToken: Token));
                break;
            }

            received.Write(await client.ReadRawAsync(Size / 10, Token));
            client.Reset();
        }

        await AssertIsArchiveAsync(received);
        await Eventually.UntilAsync(async () => await ProblemAsync(servers[0], link) == "urn:egress:problem:link-used-up", "a link that is used up", Token);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task Probes_of_a_hundred_scanners_leave_the_download(string kind)
    {
        await using var servers = await StartAsync(kind);
        var link = await servers.CreateLinkAsync(1);
        using var head = await servers[0].Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        for (var i = 0; i < 100; i++)
        {
            foreach (var (method, range, ifNoneMatch, status) in new (HttpMethod, RangeHeaderValue?, EntityTagHeaderValue?, HttpStatusCode)[]
            {
                (HttpMethod.Head, null, null, HttpStatusCode.OK),
                (HttpMethod.Get, null, head.Headers.ETag, HttpStatusCode.NotModified),
                (HttpMethod.Get, new RangeHeaderValue(long.MaxValue, null), null, HttpStatusCode.RequestedRangeNotSatisfiable),
                (HttpMethod.Get, new RangeHeaderValue(0, 1023), null, HttpStatusCode.PartialContent),
                (HttpMethod.Get, new RangeHeaderValue(null, 1024), null, HttpStatusCode.PartialContent),
            })
            {
                using var request = new HttpRequestMessage(method, link) { Headers = { Range = range } };
                if (ifNoneMatch is not null)
                {
                    request.Headers.IfNoneMatch.Add(ifNoneMatch);
                }

                using var response = await servers[i].Client.SendAsync(request, Token);
                Assert.Equal(status, response.StatusCode);
            }
        }

        using var whole = new MemoryStream(await servers[0].Client.GetByteArrayAsync(link, Token));
        await AssertIsArchiveAsync(whole);
    }

    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    public async Task The_reservation_of_a_killed_server_is_released(string kind)
    {
        await using var servers = await StartAsync(kind);
        var link = await servers.CreateLinkAsync(1);
        await using (var client = await RawHttpClient.SendAsync(new Uri(servers[0].Client.BaseAddress!, link), cancellationToken: Token))
        {
            await client.ReadRawAsync(100_000, Token);
            Assert.Equal("urn:egress:problem:link-reserved", await ProblemAsync(servers[1], link));
            await servers[0].Process.KillAsync();
        }

        var answer = await Eventually.UntilAsync(
            async () =>
            {
                using var response = await servers[1].Client.GetAsync(link, Token);
                return (response.StatusCode, Body: await response.Content.ReadAsByteArrayAsync(Token));
            },
            static answer => answer.StatusCode == HttpStatusCode.OK,
            "the end of the lease",
            static answer => $"{answer.StatusCode}",
            Token);
        using var whole = new MemoryStream(answer.Body);
        await AssertIsArchiveAsync(whole);
    }

    /// <returns>The problem type with which a download is refused; null if it is not refused.</returns>
    private static async Task<string?> ProblemAsync(EgressServer server, string link)
    {
        using var response = await server.Client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, Token);
        return response.IsSuccessStatusCode ? null : JsonElement.Parse(await response.Content.ReadAsStringAsync(Token)).GetProperty("type").GetString();
    }

    private static async Task<long> CountAsync(Stream body)
    {
        var (buffer, length) = (new byte[1 << 16], 0L);
        while (await body.ReadAsync(buffer, Token) is > 0 and var read)
        {
            length += read;
        }

        return length;
    }

    private async Task AssertIsArchiveAsync(MemoryStream bytes)
    {
        await using var archive = new ZipArchive(bytes, ZipArchiveMode.Read, leaveOpen: true);
        await using var entry = await Assert.Single(archive.Entries).OpenAsync(Token);
        using var content = new MemoryStream();
        await entry.CopyToAsync(content, Token);
        Assert.True(content.ToArray().AsSpan().SequenceEqual(_content));
    }

    private async Task<Servers> StartAsync(string kind)
    {
        (string, string?)[] settings =
        [
            ("DB_URL", await LinkDatabase.CreateAsync(kind, Token)), ("STORAGE_PATH", _folder.Path), ("ADMIN_API_KEY", Secret), ("KEY_PREFIX", RedisServer.NewKeyPrefix()),
        ];
        return new Servers(await EgressServer.StartAsync(settings), await EgressServer.StartAsync(settings));
    }

    private sealed class Servers(EgressServer one, EgressServer two) : IAsyncDisposable
    {
        /// <summary>Returns one of the two servers, in turn.</summary>
        public EgressServer this[int i] => i % 2 == 0 ? one : two;

        public async Task<string> CreateLinkAsync(int maxDownloads)
        {
            var created = await one.RunAsync("link", "create", "--bucket", "b", "--object", "file.jpg", "--max-downloads", $"{maxDownloads}");
            return new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
        }

        /// <summary>Requests the state of a link from the API.</summary>
        public async Task<JsonElement> StateAsync(string link)
        {
            var id = link.Split('/')[2].Split('?')[0];
            using var response = await two.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/links/{id}") { Headers = { { "X-Api-Key", Secret } } }, Token);
            return JsonElement.Parse(await response.Content.ReadAsStringAsync(Token));
        }

        public async ValueTask DisposeAsync()
        {
            await one.DisposeAsync();
            await two.DisposeAsync();
        }
    }
}
