using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Egress.Records;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of the web page about an archive. The tests of each host inherit this class.</summary>
public abstract partial class ViewContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task The_page_lists_the_archive_and_its_links_lead_to_all_of_it_to_a_selection_and_to_a_file()
    {
        var (client, page) = await CreateAsync();
        var html = await client.GetStringAsync(page, Token);
        Assert.Contains("<h1><bdi>&lt;b&gt;holidays.zip</bdi></h1>", html, StringComparison.Ordinal);
        Assert.Contains("3 files", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);

        var address = new Uri(client.BaseAddress!, page);
        var links = Href().Matches(html).Select(match => new Uri(address, WebUtility.HtmlDecode(match.Groups[1].Value))).ToList();
        Assert.Equal(["a.jpg", "b & 'c'.jpg", "d.jpg"], Names(await client.GetByteArrayAsync(links[0], Token)));
        Assert.Equal("bb", await client.GetStringAsync(links[2], Token));

        var form = string.Join('&', Field().Matches(html).Select(static match => $"{match.Groups[1].Value}={WebUtility.HtmlDecode(match.Groups[2].Value)}"));
        var action = new Uri(address, WebUtility.HtmlDecode(FormAction().Match(html).Groups[1].Value));
        Assert.Equal(["a.jpg", "d.jpg"], Names(await client.GetByteArrayAsync($"{action}?{form}&files=1&files=3", Token)));
        using var nothing = await client.GetAsync($"{action}?{form}", Token);
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
    }

    [Fact]
    public async Task The_page_loads_stores_and_discloses_nothing_else()
    {
        var (client, page) = await CreateAsync();
        using var get = await client.GetAsync(page, Token);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, page), Token);
        var html = await get.Content.ReadAsStringAsync(Token);
        foreach (var response in new[] { get, head })
        {
            Assert.Equal(("text/html; charset=utf-8", Encoding.UTF8.GetByteCount(html)), (response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentLength));
            Assert.Equal("no-store, private", response.Headers.CacheControl?.ToString());
            Assert.Equal(("no-referrer", "nosniff", "noindex"), (Header(response, "Referrer-Policy"), Header(response, "X-Content-Type-Options"), Header(response, "X-Robots-Tag")));
            Assert.False(response.Headers.Contains("Set-Cookie"));
            Assert.Equal(
                $"default-src 'none'; style-src {Digest(html, "style")}; script-src {Digest(html, "script")}; img-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                Header(response, "Content-Security-Policy"));
        }

        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Token));
        Assert.DoesNotContain("http", html.Replace("'use strict'", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "en")]
    [InlineData("fr", "en")]
    [InlineData("de", "de")]
    [InlineData("DE-ch", "de")]
    [InlineData("fr, de;q=0.5, en;q=0.4", "de")]
    [InlineData("de;q=0.1, en-US", "en")]
    [InlineData("de;q=0", "en")]
    [InlineData("den", "en")]
    public async Task The_page_is_in_the_language_that_the_reader_prefers(string? accepted, string language)
    {
        var (client, page) = await CreateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, page);
        if (accepted is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept-Language", accepted);
        }

        using var response = await client.SendAsync(request, Token);
        Assert.Equal((language, "Accept-Language"), (string.Join(',', response.Content.Headers.ContentLanguage), string.Join(',', response.Headers.Vary)));
        Assert.Contains($"<html lang=\"{language}\">", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_is_refused_gets_a_page_that_says_so()
    {
        var host = await HostAsync();
        var (client, page) = await CreateAsync();
        (string Page, HttpStatusCode Status)[] cases =
        [
            (page + "0", HttpStatusCode.Unauthorized),
            (host.Backends.Link("unknown", "/view/"), HttpStatusCode.NotFound),
            (host.Backends.Link("unknown", "/view/", expiry: "1000000000"), HttpStatusCode.Gone),
        ];
        foreach (var (address, status) in cases)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept", "text/html,*/*;q=0.8" } } };
            using var response = await client.SendAsync(request, Token);
            Assert.Equal((status, "text/html"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            Assert.Equal(("no-store, private", "no-referrer"), (response.Headers.CacheControl?.ToString(), Header(response, "Referrer-Policy")));
        }
    }

    private async Task<(HttpClient Client, string Page)> CreateAsync()
    {
        var (client, backends) = await HostAsync();
        await backends.PutAsync("page/a.jpg", "a"u8.ToArray());
        await backends.PutAsync("page/b & 'c'.jpg", "bb"u8.ToArray());
        await backends.PutAsync("page/d.jpg", "ddd"u8.ToArray());
        ObjectItem[] items = [.. new[] { "a.jpg", "b & 'c'.jpg", "d.jpg" }.Select(static name => new ObjectItem($"page/{name}") { Name = name })];
        return (client, backends.Link(await backends.AddAsync(null, "<b>holidays", items), "/view/"));
    }

    private static string[] Names(byte[] archive)
    {
        using var zip = new ZipArchive(new MemoryStream(archive));
        return [.. zip.Entries.Select(static entry => entry.FullName)];
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(',', response.Headers.GetValues(name));

    private static string Digest(string html, string element)
    {
        var start = html.IndexOf($"<{element}>", StringComparison.Ordinal) + element.Length + 2;
        var content = html[start..html.IndexOf($"</{element}>", start, StringComparison.Ordinal)];
        return $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'";
    }

    [GeneratedRegex("href=\"([^\"]+)\"")]
    private static partial Regex Href();

    [GeneratedRegex("action=\"([^\"]+)\"")]
    private static partial Regex FormAction();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\">")]
    private static partial Regex Field();
}
