using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Egress.Records;
using Egress.TestKit;
using Egress.TestKit.Downloads;
using Egress.TestKit.Processes;
using Egress.TestKit.Zip;
using Xunit;

namespace Egress.EndToEnd.Tests.Interruptions;

/// <summary>Tests of interrupted downloads that common download programs resume.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    private const int ObjectSize = 3 << 20;

    private readonly LocalBackends _backends = new();
    private readonly TempFolder _folder = new();
    private EgressServer _server = null!;
    private string _id = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Link => _backends.Link(_id);

    private Uri Url => new(_server.Client.BaseAddress!, Link);

    public async ValueTask InitializeAsync()
    {
        string[] keys = ["a.mp4", "b.jpg", "c.zip", "empty.jpg", "d.jpg"];
        foreach (var (key, i) in keys.Select((key, i) => (key, i)))
        {
            await _backends.PutAsync(key, Content.Make(i == 3 ? 0 : ObjectSize + i, i));
        }

        _id = await _backends.AddAsync(null, "resumed", [.. keys.Select(key => new ObjectItem(key))]);
        _server = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _folder.DisposeAsync();
        await _backends.DisposeAsync();
    }

    [Fact]
    public async Task Curl_resumes_after_its_transfer_was_killed()
    {
        var whole = await _server.Client.GetByteArrayAsync(Link, Token);
        var file = await BrokenDownload.MakeAsync(Url, _folder, "curl.zip", whole.Length * 2 / 3, Token);
        (await Executable.Require("curl").RunAsync("-sS", "--fail", "-C", "-", "-o", file, Url.AbsoluteUri)).EnsureSuccess();
        await AssertWholeAsync(whole, file);
    }

    [Fact]
    public async Task Wget_resumes_after_the_server_was_killed_and_restarted()
    {
        var whole = await _server.Client.GetByteArrayAsync(Link, Token);
        var file = await BrokenDownload.MakeAsync(Url, _folder, "wget.zip", whole.Length / 2, Token);
        await _server.Process.KillAsync();
        await _server.StartAgainAsync();
        (await Executable.Require("wget").RunAsync("-q", "-c", "-O", file, Url.AbsoluteUri)).EnsureSuccess();
        await AssertWholeAsync(whole, file);
    }

    [Fact]
    public async Task Two_servers_give_the_same_bytes_and_validator_before_and_after_checksums_are_known()
    {
        await using var other = await StartAsync();
        (EntityTagHeaderValue? ETag, byte[] Bytes)? first = null;
        for (var round = 0; round < 2; round++)
        {
            // In the first round, both downloads begin before either server has computed a checksum.
            var answers = await Task.WhenAll(new[] { _server, other }.Select(s => s.Client.GetAsync(Link, HttpCompletionOption.ResponseHeadersRead, Token)));
            foreach (var answer in answers)
            {
                Assert.False(answer.Headers.ETag!.IsWeak);
                Assert.Equal("bytes", Assert.Single(answer.Headers.AcceptRanges));
                var bytes = await answer.Content.ReadAsByteArrayAsync(Token);
                first ??= (answer.Headers.ETag, bytes);
                Assert.Equal(first.Value.ETag, answer.Headers.ETag);
                Assert.Equal(first.Value.Bytes, bytes);
                answer.Dispose();
            }
        }
    }

    [Fact]
    public async Task Any_part_is_that_of_the_whole()
    {
        using var answer = await _server.Client.GetAsync(Link, Token);
        var whole = await answer.Content.ReadAsByteArrayAsync(Token);
        var random = new Random(4711);
        for (var i = 0; i < 100; i++)
        {
            var (one, two) = (random.Next(whole.Length), random.Next(whole.Length));
            var (from, to) = (Math.Min(one, two), i % 3 == 0 ? whole.Length - 1 : Math.Max(one, two));
            using var part = await SendAsync(request => request.Headers.Range = new RangeHeaderValue(from, to));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal($"bytes {from}-{to}/{whole.Length}", part.Content.Headers.ContentRange?.ToString());
            Assert.Equal(to - from + 1, part.Content.Headers.ContentLength);
            var bytes = await part.Content.ReadAsByteArrayAsync(Token);
            Assert.True(whole.AsSpan(from..(to + 1)).SequenceEqual(bytes), $"{from}-{to}");
        }
    }

    [Fact]
    public async Task After_an_object_changed_no_client_gets_a_mixture()
    {
        using var before = await _server.Client.GetAsync(Link, Token);
        var etag = before.Headers.ETag!;
        await _backends.PutAsync("d.jpg", Content.Make(ObjectSize, 99));

        // The manifest of the old archive still exists. A transfer that uses it breaks off at the changed object, and the manifest is removed.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => SendAsync(request =>
        {
            request.Headers.Range = new RangeHeaderValue(5_000_000, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(etag);
        }));
        using var whole = await SendAsync(request =>
        {
            request.Headers.Range = new RangeHeaderValue(5_000_000, null);
            request.Headers.IfRange = new RangeConditionHeaderValue(etag);
        });
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.NotEqual(etag, whole.Headers.ETag);
        Assert.Equal(whole.Content.Headers.ContentLength, (await whole.Content.ReadAsByteArrayAsync(Token)).Length);
        using var refused = await SendAsync(request =>
        {
            request.Headers.Range = new RangeHeaderValue(5_000_000, null);
            request.Headers.IfMatch.Add(etag);
        });
        Assert.Equal(HttpStatusCode.PreconditionFailed, refused.StatusCode);
    }

    [Fact]
    public async Task Conditions_and_impossible_ranges_are_answered_without_a_body()
    {
        using var head = await SendAsync(request => (request.Method, request.Headers.Range) = (HttpMethod.Head, new RangeHeaderValue(5, null)));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        using var same = await SendAsync(request => request.Headers.IfNoneMatch.Add(head.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(head.Headers.ETag, same.Headers.ETag);
        Assert.Empty(await same.Content.ReadAsByteArrayAsync(Token));
        var length = head.Content.Headers.ContentLength;
        using var behind = await SendAsync(request => request.Headers.Range = new RangeHeaderValue(length, null));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, behind.StatusCode);
        Assert.Equal($"bytes */{length}", behind.Content.Headers.ContentRange?.ToString());
        using var several = await SendAsync(request => request.Headers.TryAddWithoutValidation("Range", "bytes=0-1,5-6"));
        Assert.Equal((HttpStatusCode.OK, length), (several.StatusCode, several.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task An_expired_link_only_finishes_what_was_begun()
    {
        await using var server = await StartAsync(("RESUME_GRACE", "24h"));
        using var begun = await SendAsync(request => request.Method = HttpMethod.Head);
        var etag = begun.Headers.ETag!;
        var expired = _backends.Link(_id, expiry: DateTimeOffset.UtcNow.AddHours(-1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        foreach (var (range, ifRange, status) in new (string?, EntityTagHeaderValue?, HttpStatusCode)[]
        {
            ("bytes=100-", etag, HttpStatusCode.PartialContent),
            ("bytes=0-", etag, HttpStatusCode.Gone),
            ("bytes=100-", null, HttpStatusCode.Gone),
            ("bytes=100-", new EntityTagHeaderValue("\"other\""), HttpStatusCode.Gone),
            (null, etag, HttpStatusCode.Gone),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, expired);
            request.Headers.IfRange = ifRange is null ? null : new RangeConditionHeaderValue(ifRange);
            request.Headers.Range = range is null ? null : RangeHeaderValue.Parse(range);
            using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.True(status == answer.StatusCode, $"{range} {ifRange}: {answer.StatusCode}");
        }

        using var strict = await _server.Client.GetAsync(expired, Token);
        Assert.Equal(HttpStatusCode.Gone, strict.StatusCode);
    }

    private Task<EgressServer> StartAsync(params (string, string?)[] settings) =>
        EgressServer.StartAsync([.. _backends.Settings.Select(s => (s.Key, (string?)s.Value)), .. settings]);

    private async Task<HttpResponseMessage> SendAsync(Action<HttpRequestMessage> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Link);
        change(request);
        return await _server.Client.SendAsync(request, Token);
    }

    private static async Task AssertWholeAsync(byte[] whole, string file)
    {
        Assert.Equal(whole, await File.ReadAllBytesAsync(file, Token));
        foreach (var reader in new[] { ZipReaders.Unzip, ZipReaders.SevenZip, ZipReaders.Python })
        {
            Assert.Equal(5, (await reader.UnpackAsync(file, null, Token)).Count);
        }
    }
}
