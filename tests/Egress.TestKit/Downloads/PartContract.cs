using System.IO.Compression;
using System.Net;
using System.Text.Json;
using Egress.Records;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of downloads that contain only a part of an archive: selections and single files. The tests of each host inherit this class.</summary>
public abstract class PartContract
{
    private static readonly byte[] Photo = Bytes(300_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Theory]
    [InlineData("files=1,3", "a.jpg c.png")]
    [InlineData("files=2-3", "a (2).jpg c.png")]
    [InlineData("files=3&files=1", "a.jpg c.png")]
    [InlineData("files=&files=2", "a (2).jpg")]
    [InlineData("files=1%2C2&list=", "a.jpg a (2).jpg")]
    public async Task A_selection_is_an_archive_of_its_own(string query, string expected)
    {
        var (client, link) = await CreateAsync();
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"{link}&{query}"), Token);
        using var get = await client.GetAsync($"{link}&{query}", Token);
        var bytes = await get.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal((HttpStatusCode.OK, bytes.LongLength), (get.StatusCode, get.Content.Headers.ContentLength));
        Assert.Equal((get.Headers.ETag, get.Content.Headers.ContentLength), (head.Headers.ETag, head.Content.Headers.ContentLength));
        using var whole = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, link), Token);
        Assert.NotNull(get.Headers.ETag);
        Assert.NotEqual(whole.Headers.ETag, get.Headers.ETag);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(expected, string.Join(' ', zip.Entries.Select(static entry => entry.FullName)));

        using var rest = await AskAsync(client, $"{link}&{query}", ("Range", "bytes=50-"), ("If-Range", get.Headers.ETag.ToString()));
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(bytes[50..], await rest.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData("", "files=", 400, "selection-empty")]
    [InlineData("", "files", 400, "selection-empty")]
    [InlineData("", "files=0", 400, "selection-malformed")]
    [InlineData("", "files=3-1", 400, "selection-malformed")]
    [InlineData("", "files=a.jpg", 400, "selection-malformed")]
    [InlineData("", "files=1&files=x", 400, "selection-malformed")]
    [InlineData("", "files=4", 400, "selection-out-of-range")]
    [InlineData("", "files=1&list=another", 409, "list-changed")]
    [InlineData("", "files=1&list=a&list=b", 400, "parameter-repeated")]
    [InlineData("/files/0", "", 404, "file-not-found")]
    [InlineData("/files/4", "", 404, "file-not-found")]
    [InlineData("/files/a.jpg", "", 404, "file-not-found")]
    [InlineData("/files/1", "list=another", 409, "list-changed")]
    public async Task A_missing_object_of_a_record_is_refused(string path, string query, int status, string code)
    {
        var (client, link) = await CreateAsync();
        using var response = await client.GetAsync($"{link.Replace("?", $"{path}?", StringComparison.Ordinal)}&{query}", Token);
        Assert.Equal(status, (int)response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal($"urn:egress:problem:{code}", problem.RootElement.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Parts_need_the_signature_of_the_whole()
    {
        var (client, link) = await CreateAsync();
        foreach (var address in new[] { $"{link}0&files=1", FileOf($"{link}0", 1), FileOf(link, 1).Split('?')[0] })
        {
            using var response = await client.GetAsync(address, Token);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_single_file_has_its_type_length_and_time()
    {
        var (client, link) = await CreateAsync();
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, FileOf(link, 1)), Token);
        using var get = await client.GetAsync(FileOf(link, 1), Token);
        Assert.Equal(Photo, await get.Content.ReadAsByteArrayAsync(Token));
        foreach (var response in new[] { head, get })
        {
            var headers = response.Content.Headers;
            Assert.Equal(("image/jpeg", Photo.Length, "attachment; filename=\"a.jpg\""), (headers.ContentType?.ToString(), headers.ContentLength, headers.ContentDisposition?.ToString()));
            Assert.NotNull(headers.LastModified);
            Assert.Equal(("nosniff", "default-src 'none'; sandbox"), (Header(response, "X-Content-Type-Options"), Header(response, "Content-Security-Policy")));
        }

        var modified = Header(get, "Last-Modified");
        using var known = await AskAsync(client, FileOf(link, 1), ("If-Modified-Since", modified));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
        using var same = await AskAsync(client, FileOf(link, 1), ("If-None-Match", Header(get, "ETag")));
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
    }

    [Fact]
    public async Task A_single_file_is_resumed()
    {
        var (client, link) = await CreateAsync();
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, FileOf(link, 1)), Token);
        using var rest = await AskAsync(client, FileOf(link, 1), ("Range", "bytes=100000-"), ("If-Range", Header(head, "ETag")));
        Assert.Equal((HttpStatusCode.PartialContent, $"bytes 100000-299999/{Photo.Length}"), (rest.StatusCode, Header(rest, "Content-Range")));
        Assert.Equal(Photo[100_000..], await rest.Content.ReadAsByteArrayAsync(Token));
        using var beyond = await AskAsync(client, FileOf(link, 1), ("Range", "bytes=300000-"));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */300000"), (beyond.StatusCode, Header(beyond, "Content-Range")));
    }

    [Fact]
    public async Task HTML_is_never_shown_as_a_page_of_this_domain()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("part/page.html", "<script>alert(1)</script>"u8.ToArray());
        var link = backends.Link(await backends.AddAsync(null, null, new ObjectItem("part/page.html")));
        using var response = await client.GetAsync(FileOf(link, 1), Token);
        Assert.Equal(("application/octet-stream", "attachment; filename=\"page.html\""), (Header(response, "Content-Type"), Header(response, "Content-Disposition")));
        Assert.Equal("<script>alert(1)</script>", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_empty_file_is_empty()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("part/empty.jpg", default);
        var link = backends.Link(await backends.AddAsync(null, null, new ObjectItem("part/empty.jpg")));
        using var response = await client.GetAsync(FileOf(link, 1), Token);
        Assert.Equal((HttpStatusCode.OK, 0L), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Ids_of_all_kinds_have_files()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("part/id.jpg", Photo);
        foreach (var prefix in new[] { "a/b", "100%", "a+b", "résumé", "files", "with space" })
        {
            var id = $"{prefix}{Guid.NewGuid():N}";
            await backends.AddAsync(id, null, new ObjectItem("part/id.jpg"));
            using var response = await client.GetAsync(FileOf(backends.Link(id), 1), Token);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{id}: {(int)response.StatusCode}");
        }
    }

    private static string FileOf(string link, int number) => link.Replace("?", $"/files/{number}?", StringComparison.Ordinal);

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string link, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, Token);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(", ", response.Headers.Concat(response.Content.Headers).Where(header => header.Key == name).SelectMany(static header => header.Value));

    private static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private async Task<(HttpClient Client, string Link)> CreateAsync()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("part/1/a.jpg", Photo);
        await backends.PutAsync("part/2/a.jpg", Bytes(1000));
        await backends.PutAsync("part/c.png", Bytes(2000));
        var id = await backends.AddAsync(null, null, new ObjectItem("part/1/a.jpg"), new ObjectItem("part/2/a.jpg"), new ObjectItem("part/c.png"));
        return (client, backends.Link(id));
    }
}
