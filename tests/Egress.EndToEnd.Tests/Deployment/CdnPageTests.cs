using System.Net;
using System.Net.Http.Headers;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests with nginx as a cache of slices, configured as in docs/cdn.md.</summary>
public sealed class CdnPageTests
{
    /// <summary>The size of the object in bytes. The archive consists of three slices of 8 MiB.</summary>
    private const int Size = 20 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slices_are_the_archive_cold_and_warm_and_need_no_server_when_warm()
    {
        await using var server = await StartAsync();
        var link = await CreateAsync(server);
        var whole = await server.Client.GetByteArrayAsync(link, Token);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port, "cdn.md");
        using var client = Connect(nginx);

        // Sixteen concurrent requests, before anything is cached.
        var step = (whole.Length / 16) + 1;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var (from, to) = (i * step, Math.Min((i + 1) * step, whole.Length));
            Assert.True((await GetRangeAsync(client, link, from, to - 1)).AsSpan().SequenceEqual(whole.AsSpan(from, to - from)));
        }));
        Assert.True((await client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(whole));

        await server.Process.KillAsync();
        Assert.True((await client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(whole));
        Assert.True((await GetRangeAsync(client, link, whole.Length - 100, null)).AsSpan().SequenceEqual(whole.AsSpan(whole.Length - 100)));

        // The cached archive is not served for a URL without the signature.
        using var unsigned = await client.GetAsync(link.Split('?')[0], Token);
        Assert.Equal(HttpStatusCode.BadGateway, unsigned.StatusCode);
    }

    [Fact]
    public async Task Slices_of_one_MiB_one_after_the_other_read_each_byte_of_the_storage_once()
    {
        await using var server = await StartAsync();
        var link = await CreateAsync(server);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port, "cdn.md", ("slice 8m", "slice 1m"));
        using var client = Connect(nginx);
        var before = await Scrape.ReadAsync(server.Client, Token);
        var archive = await client.GetByteArrayAsync(link, Token);
        var slices = (archive.Length / (1 << 20)) + 1;
        var cold = await ChangeAsync(server, before, slices);
        Assert.Equal(Size, cold.GetValueOrDefault("egress_incoming_bytes_sum"));

        Assert.True((await server.Client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(archive));

        // All slices are cached, so the server is no longer needed.
        await server.Process.KillAsync();
        Assert.True((await client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(archive));
    }

    [Fact]
    public async Task Sixteen_slices_of_one_MiB_at_once_are_the_archive_and_each_is_requested_once()
    {
        await using var server = await StartAsync();
        var link = await CreateAsync(server);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port, "cdn.md", ("slice 8m", "slice 1m"));
        using var client = Connect(nginx);
        using var head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        var length = (int)head.Content.Headers.ContentLength!.Value;
        var before = await Scrape.ReadAsync(server.Client, Token);
        var archive = new byte[length];
        var step = (length / 16) + 1;
        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            {
                var (from, to) = (i * step, Math.Min((i + 1) * step, length));
                (await GetRangeAsync(client, link, from, to - 1)).CopyTo(archive, from);
            }));
        }

        // To compute the checksum, the slice that contains it may read the bytes that the other slices have not read, at most once.
        var slices = (length / (1 << 20)) + 1;
        var change = await ChangeAsync(server, before, slices);
        Assert.InRange(change["egress_incoming_bytes_sum"], Size, 2 * Size);
        Assert.True((await server.Client.GetByteArrayAsync(link, Token)).AsSpan().SequenceEqual(archive));
    }

    /// <summary>If each slice counted as a whole download, the fourth slice and sixteen concurrent ones would be refused.</summary>
    [Fact]
    public async Task Limits_for_downloads_do_not_lock_out_a_cache_that_fetches_slices()
    {
        await using var server = await EgressServer.StartAsync(
            ("CACHE_CONTROL", "public, s-maxage=3600"), ("ENFORCE_SIGNING", "true"), ("TRUSTED_PROXIES", "1"), ("RATE_LIMIT_PER_IP", "0.001"), ("RATE_LIMIT_BURST", "3"),
            ("MAX_ACTIVE_DOWNLOADS", "1"), ("MAX_ACTIVE_DOWNLOADS_PER_IP", "1"), ("MAX_ACTIVE_DOWNLOADS_PER_LINK", "1"));
        var link = await CreateAsync(server);
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port, "cdn.md", ("slice 8m", "slice 1m"));
        using var client = Connect(nginx);
        var slices = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => GetRangeAsync(client, link, i << 20, ((i + 1) << 20) - 1)));
        var archive = await client.GetByteArrayAsync(link, Token);
        Assert.True(archive.AsSpan(0, 16 << 20).SequenceEqual(slices.SelectMany(static slice => slice).ToArray()));

        // The slice for which the archive is planned counts as one download, and the other slices as 20/16 of a download. So the rest of the limit is
        // less than one download, and the next download is refused.
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(server, link));

        static async Task<HttpStatusCode> StatusAsync(EgressServer server, string link)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "X-Forwarded-For", "127.0.0.1" } } };
            using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            return response.StatusCode;
        }
    }

    /// <summary>A table of cases: the setting, the options of the link, and whether the cache stores the archive.</summary>
    [Theory]
    [InlineData(null, "", false)]
    [InlineData("public, s-maxage=3600", "", true)]
    [InlineData("public, s-maxage=3600", "--max-downloads 5", false)]
    public async Task The_cache_keeps_what_Egress_allows(string? cacheControl, string options, bool isKept)
    {
        await using var server = await StartAsync(cacheControl);
        var link = await CreateAsync(server, options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        await using var nginx = await ProxyPage.StartNginxAsync(server.Port, "cdn.md");
        using var client = Connect(nginx);
        var whole = await client.GetByteArrayAsync(link, Token);
        await server.Process.KillAsync();
        using var again = await client.GetAsync(link, Token);
        Assert.Equal(isKept ? HttpStatusCode.OK : HttpStatusCode.BadGateway, again.StatusCode);
        Assert.True(!isKept || (await again.Content.ReadAsByteArrayAsync(Token)).AsSpan().SequenceEqual(whole));
    }

    /// <summary>A table of cases: the request, the status of the response, and whether caches may store it.</summary>
    [Theory]
    [InlineData("GET", null, 200, true)]
    [InlineData("HEAD", null, 200, true)]
    [InlineData("GET", "bytes=0-8388607", 206, true)]
    [InlineData("GET", "bytes=0-99", 206, true)]
    [InlineData("GET", "etag", 304, true)]
    [InlineData("GET", "bytes=99999999-", 416, false)]
    public async Task Every_answer_with_bytes_of_an_archive_has_the_time_that_is_left(string method, string? condition, int status, bool isKept)
    {
        await using var server = await StartAsync("public, no-transform, s-maxage=86400");
        await server.PutAsync("b", "small.jpg", new byte[1000]);
        var created = await server.RunAsync("link", "create", "--bucket", "b", "--object", "small.jpg", "--expires", "1h");
        var link = new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
        using var first = await server.Client.GetAsync(link, Token);
        using var request = new HttpRequestMessage(new HttpMethod(method), link);
        if (condition == "etag")
        {
            request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        }
        else if (condition is not null)
        {
            request.Headers.Range = RangeHeaderValue.Parse(condition);
        }

        using var response = await server.Client.SendAsync(request, Token);
        Assert.Equal(status, (int)response.StatusCode);
        var caching = response.Headers.CacheControl!;
        Assert.Equal((isKept, !isKept), (caching.Public, caching.NoStore));
        Assert.True(!isKept || (caching.SharedMaxAge > TimeSpan.Zero && caching.SharedMaxAge <= TimeSpan.FromHours(1)), caching.ToString());
        if (status == 206)
        {
            // A slice of a small archive ends where the archive ends.
            var length = first.Content.Headers.ContentLength!.Value;
            Assert.Equal(Math.Min(length, request.Headers.Range!.Ranges.Single().To!.Value + 1), response.Content.Headers.ContentLength);
            Assert.Equal(length, response.Content.Headers.ContentRange!.Length);
        }
    }

    private static Task<EgressServer> StartAsync(string? cacheControl = "public, no-transform, s-maxage=3600") =>
        EgressServer.StartAsync(("CACHE_CONTROL", cacheControl), ("ENFORCE_SIGNING", "true"));

    private static async Task<string> CreateAsync(EgressServer server, params string[] options)
    {
        await server.PutAsync("b", "big.jpg", Content.Make(Size, 1));
        var created = await server.RunAsync(["link", "create", "--bucket", "b", "--object", "big.jpg", .. options]);
        return new Uri(created.EnsureSuccess().Output.Trim()).PathAndQuery;
    }

    /// <summary>Waits until the requests have ended, then returns the counters that grew.</summary>
    private static async Task<IReadOnlyDictionary<string, double>> ChangeAsync(EgressServer server, IReadOnlyDictionary<string, double> before, int requests)
    {
        var after = await Scrape.UntilAsync(server.Client, "egress_incoming_bytes_count", requests, Token);
        return Scrape.Change(before, after);
    }

    private static HttpClient Connect(NginxServer nginx) => new(new HttpClientHandler { ServerCertificateCustomValidationCallback = static (_, _, _, _) => true })
    {
        BaseAddress = new Uri($"https://127.0.0.1:{nginx.Port}"),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static async Task<byte[]> GetRangeAsync(HttpClient client, string link, long from, long? to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { Range = new RangeHeaderValue(from, to) } };
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(Token);
    }
}
