using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Egress.Http;
using Egress.Records;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of downloads. The tests of each host inherit this class.</summary>
public abstract class DownloadContract
{
    /// <summary>The <c>REQUEST_TIMEOUT</c> of the host: how long a client that receives nothing stays connected.</summary>
    protected const string RequestTimeout = "5s";

    /// <summary>The time limit of a test in milliseconds.</summary>
    private const int Limit = 120_000;

    /// <summary>Canceled when the running test ends.</summary>
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The allowed statuses of <c>/links</c> while Egress has no API key.</summary>
    protected virtual IReadOnlyList<HttpStatusCode> LinksWithoutApiKey => [HttpStatusCode.NotFound];

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task A_stored_archive_has_its_exact_length_and_the_bytes_of_the_sources()
    {
        var (client, backends) = await HostAsync();
        var (one, two) = (Bytes(300_000), Bytes(1));
        await backends.PutAsync("stored/one.jpg", one);
        await backends.PutAsync("stored/zwei ü.png", two);
        var id = await backends.AddAsync(null, "Übersicht 1", new ObjectItem("stored/one.jpg"), new ObjectItem("stored/zwei ü.png"));

        using var request = new HttpRequestMessage(HttpMethod.Get, backends.Link(id)) { Headers = { { "X-Request-ID", "contract-1" } } };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/zip", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("attachment; filename=\"_bersicht 1.zip\"; filename*=UTF-8''%C3%9Cbersicht%201.zip", Header(response, "Content-Disposition"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal(new[] { "no-transform", "private" }, Header(response, "Cache-Control").Split(", ").Order());
        Assert.Equal("contract-1", Header(response, "X-Request-ID"));
        var length = Assert.NotNull(response.Content.Headers.ContentLength);
        var archive = await response.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(length, archive.Length);
        AssertEntries(archive, ("one.jpg", one), ("zwei ü.png", two));
    }

    [Fact]
    public async Task An_interrupted_download_is_resumed_where_it_ended()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("cut.jpg", Bytes(300_000));
        var link = backends.Link(await backends.AddAsync(null, null, new ObjectItem("cut.jpg")));
        using var whole = await client.GetAsync(link, Token);
        var archive = await whole.Content.ReadAsByteArrayAsync(Token);
        var validator = Header(whole, "ETag");

        using var rest = await AskAsync(client, link, ("Range", "bytes=100000-"), ("If-Range", validator));
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal($"bytes 100000-{archive.Length - 1}/{archive.Length}", rest.Content.Headers.ContentRange?.ToString());
        Assert.Equal(archive[100_000..], await rest.Content.ReadAsByteArrayAsync(Token));

        using var changed = await AskAsync(client, link, ("Range", "bytes=100000-"), ("If-Range", "\"another\""));
        Assert.Equal((HttpStatusCode.OK, archive.Length), (changed.StatusCode, (await changed.Content.ReadAsByteArrayAsync(Token)).Length));
        using var beyond = await AskAsync(client, link, ("Range", $"bytes={archive.Length}-"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        using var known = await AskAsync(client, link, ("If-None-Match", validator));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Fact]
    public async Task An_archive_of_unknown_length_has_no_content_length()
    {
        var (client, backends) = await HostAsync();
        var text = Enumerable.Repeat((byte)'a', 500_000).ToArray();
        await backends.PutAsync("deflated/a.txt", text);
        var id = await backends.AddAsync(null, null, new ObjectItem("deflated/a.txt"));

        using var response = await client.GetAsync(backends.Link(id), HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Null(response.Content.Headers.ContentLength);
        Assert.Equal("attachment; filename=\"download.zip\"", Header(response, "Content-Disposition"));
        AssertEntries(await response.Content.ReadAsByteArrayAsync(Token), ("a.txt", text));
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("head/a.jpg", Bytes(70_000));
        var link = backends.Link(await backends.AddAsync(null, "head", new ObjectItem("head/a.jpg")));

        using var request = new HttpRequestMessage(HttpMethod.Head, link);
        using var head = await client.SendAsync(request, Token);
        using var get = await client.GetAsync(link, Token);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(Comparable(get), Comparable(head));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("résumé")]
    [InlineData("日本")]
    [InlineData("a/b")]
    [InlineData("100%")]
    [InlineData("a+b")]
    [InlineData("..a")]
    [InlineData("null")]
    [InlineData("{\"a\":1}")]
    public async Task Ids_of_all_kinds_come_through_both_routes(string id)
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("ids/x.txt", Bytes(10));
        await backends.AddAsync(id, null, new ObjectItem("ids/x.txt"));
        foreach (var root in new[] { "/download/", "/" })
        {
            using var response = await client.GetAsync(backends.Link(id, root), Token);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{root} {id}: {(int)response.StatusCode}");
        }
    }

    [Fact]
    public async Task Reserved_words_are_never_taken_for_ids_unless_under_download()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("reserved/x.txt", Bytes(10));
        foreach (var word in EgressRoutes.ReservedWords)
        {
            await backends.AddAsync(word, null, new ObjectItem("reserved/x.txt"));
            foreach (var spelling in new[] { word, word.ToUpperInvariant() })
            {
                using var bare = await client.GetAsync(backends.Link(word, "/").Replace(word, spelling, StringComparison.Ordinal), Token);
                Assert.NotEqual("application/zip", bare.Content.Headers.ContentType?.MediaType);
                if (word != "metrics") // the path is public in one host; in the other one it returns 404 without credentials
                {
                    var expected = EgressRoutes.WithoutEndpoint.Contains(word) ? HttpStatusCode.NotFound : HttpStatusCode.OK;
                    Assert.Contains(bare.StatusCode, word is EgressRoutes.Links or EgressRoutes.Exports or EgressRoutes.Callbacks ? LinksWithoutApiKey : [expected]);
                }
            }

            using var named = await client.GetAsync(backends.Link(word), Token);
            Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        }
    }

    [Theory]
    [InlineData("GET", "/download/none", null, 401, "signature-required")]
    [InlineData("GET", "/none?signature=00", null, 401, "signature-invalid")]
    [InlineData("HEAD", "/none", null, 401, null)]
    [InlineData("GET", null, null, 404, "record-not-found")]
    [InlineData("GET", null, "1", 410, "link-expired")]
    [InlineData("GET", null, "soon", 400, "expiry-malformed")]
    [InlineData("PUT", "/abc", null, 405, "method-not-allowed")]
    [InlineData("DELETE", "/download/abc", null, 405, "method-not-allowed")]
    [InlineData("POST", "/health", null, 405, "method-not-allowed")]
    public async Task Refusals_are_problem_documents(string method, string? path, string? expiry, int status, string? code)
    {
        var (client, backends) = await HostAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path ?? backends.Link("no such record", "/download/", expiry));
        using var response = await client.SendAsync(request, Token);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-store", Header(response, "Cache-Control"));
        Assert.Equal(status == 405 ? "GET, HEAD" : "", string.Join(", ", response.Content.Headers.Allow));
        if (code is not null)
        {
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
            Assert.Equal($"urn:egress:problem:{code}", problem.RootElement.GetProperty("type").GetString());
            Assert.Equal(Header(response, "X-Request-ID"), problem.RootElement.GetProperty("requestId").GetString());
        }
    }

    [Theory]
    [InlineData("jpg", 1400L, 1u, 502, "file-changed")]
    [InlineData("txt", 1400L, 1u, 502, "file-changed")]
    [InlineData("jpg", 1399L, null, 502, "file-changed")]
    [InlineData("gone.jpg", 1400L, null, 404, "file-missing")]
    public async Task A_failure_before_the_first_byte_gets_a_status(string extension, long size, uint? crc, int status, string code)
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("early/good.jpg", Bytes(1400));
        await backends.PutAsync("early/bad.jpg", Bytes(1400));
        await backends.PutAsync("early/bad.txt", Bytes(1400));
        var id = await backends.AddAsync(null, null, new ObjectItem("early/good.jpg"), new ObjectItem($"early/bad.{extension}") { Size = size, Crc32 = crc });

        using var response = await client.GetAsync(backends.Link(id), Token);

        Assert.Equal(status, (int)response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal($"urn:egress:problem:{code}", problem.RootElement.GetProperty("type").GetString());
    }

    [Theory(Timeout = Limit)]
    [InlineData("jpg")]
    [InlineData("txt")]
    public async Task A_failure_during_the_stream_is_visible(string extension)
    {
        var (client, backends) = await HostAsync();
        var good = Bytes(400_000);
        await backends.PutAsync($"broken/good.{extension}", good);
        await backends.PutAsync($"broken/bad.{extension}", Bytes(400_000));
        var id = await backends.AddAsync(null, null, new ObjectItem($"broken/good.{extension}"), new ObjectItem($"broken/bad.{extension}") { Crc32 = 1 });

        using var response = await client.GetAsync(backends.Link(id), HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        await AssertBreaksAsync(body);
    }

    [Fact(Timeout = Limit)]
    public async Task A_client_that_disconnects_ends_the_reading_and_releases_its_slot()
    {
        var (client, backends) = await HostAsync();
        var link = await EndlessAsync(backends);
        await LeaveAsync(client, link, await OccupyAllAsync(client, link));
        await LeaveAsync(client, link, await OccupyAllAsync(client, link));
    }

    [Fact(Timeout = Limit)]
    public async Task A_client_that_receives_nothing_is_disconnected_by_the_limit_of_Egress()
    {
        var (client, backends) = await HostAsync();
        var link = await EndlessAsync(backends);
        var stalled = await OccupyAllAsync(client, link);

        // The second call gets all slots only after each of the first downloads has ended, so reading their responses then returns no more bytes.
        await LeaveAsync(client, link, await OccupyAllAsync(client, link));
        foreach (var download in stalled)
        {
            await using var body = await download.Content.ReadAsStreamAsync(Token);
            await AssertBreaksAsync(body);
        }

        await LeaveAsync(client, link, stalled);
    }

    [Fact]
    public async Task The_host_is_alive_and_ready()
    {
        var (client, _) = await HostAsync();
        Assert.StartsWith("{\"status\":\"healthy\",\"version\":", await client.GetStringAsync("/health", Token), StringComparison.Ordinal);
        Assert.Contains("\"database\":\"ok\"", await client.GetStringAsync("/ready", Token), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string link, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Token);
    }

    private static async Task<string> EndlessAsync(LocalBackends backends)
    {
        await backends.PutSparseAsync("endless.mp4", 64L << 30);
        return backends.Link(await backends.AddAsync(null, null, new ObjectItem("endless.mp4")));
    }

    /// <summary>
    /// Occupies every slot with a download whose client stops reading. Ends when a further download gets 503. On a slow machine the first downloads
    /// may reach their time limit before the last one begins, so that more downloads begin than there are slots.
    /// </summary>
    private static async Task<List<HttpResponseMessage>> OccupyAllAsync(HttpClient client, string link)
    {
        var downloads = new List<HttpResponseMessage>();
        await Eventually.UntilAsync(
            async () =>
            {
                var response = await client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, Token);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    downloads.Add(response);
                    return false;
                }

                using (response)
                {
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
                    Assert.NotNull(response.Headers.RetryAfter);
                }

                return downloads.Count >= LocalBackends.Places;
            },
            "a refusal when every place is taken",
            Token);
        return downloads;
    }

    /// <summary>Disconnects the clients of downloads, and waits for a free slot, so that the next test does not find all of them occupied.</summary>
    private static async Task LeaveAsync(HttpClient client, string link, List<HttpResponseMessage> downloads)
    {
        downloads.ForEach(static download => download.Dispose());
        await Eventually.UntilAsync(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Head, link);
                using var response = await client.SendAsync(request, Token);
                return response.StatusCode == HttpStatusCode.OK;
            },
            "a place",
            Token);
    }

    private static async Task AssertBreaksAsync(Stream body)
    {
        var failure = await Record.ExceptionAsync(() => body.CopyToAsync(Stream.Null, Token));
        Assert.True(failure is IOException or HttpRequestException, $"The body ended with {failure?.ToString() ?? "a clean end"}.");
    }

    private static void AssertEntries(byte[] archive, params (string Name, byte[] Content)[] expected)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        Assert.Equal(expected.Select(e => e.Name), zip.Entries.Select(e => e.FullName));
        foreach (var (entry, (_, content)) in zip.Entries.Zip(expected))
        {
            using var bytes = new MemoryStream();
            using var source = entry.Open();
            source.CopyTo(bytes);
            Assert.Equal(content, bytes.ToArray());
        }
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(
        ", ", response.Headers.Concat(response.Content.Headers).Where(h => h.Key == name).SelectMany(h => h.Value));

    private static string[] Comparable(HttpResponseMessage response) => [.. response.Headers.Concat(response.Content.Headers)
        .Where(h => h.Key is not ("Date" or "X-Request-ID"))
        .Select(h => $"{h.Key}: {string.Join(", ", h.Value)}")
        .Order(StringComparer.Ordinal)];

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
