using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Egress.Http.Pages;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Egress.TestKit.Downloads;

/// <summary>Tests of the web pages in Chromium, with the accessibility checker axe-core. The tests of each host inherit this class.</summary>
public abstract class BrowserContract
{
    private const string Key = "browser-secret-0123456789";

    private const int Large = 3_000_000;

    /// <summary>The number of body bytes after which the connection of the first download is closed.</summary>
    private const int Cut = 1_000_000;

    /// <summary>The names of the archive's entries, in order. The objects have the same keys, except those whose names an archive must not contain.</summary>
    private static readonly string[] Names = ["c.jpg", "2024/a.jpg", "2024/raw/b.jpg", "d & <i>.jpg", "2024/raw/large.jpg", "2025/e.jpg"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The settings that the host needs.</summary>
    public static (string Name, string Value)[] Settings { get; } = [("ADMIN_API_KEY", Key), ("PAGE_TITLE", "Example"), ("ALLOW_PASSWORD_PROTECTED", "true")];

    /// <summary>The host, which all tests of the class share.</summary>
    protected abstract Task<DownloadHost> HostAsync();

    [Fact]
    public async Task A_person_sees_the_archive_of_a_link_chooses_files_and_gets_them_although_the_connection_breaks()
    {
        var (client, backends) = await HostAsync();
        var pages = await CreateAsync(client, backends);
        await using var proxy = new HttpFaultProxy(client.BaseAddress!.Port);
        proxy.Fail(Fault.Cut(Cut, CutKind.Close), times: 1, when: static request => request.Target.StartsWith("/download/", StringComparison.Ordinal));
        await using var folder = new TempFolder();
        var seen = await BrowseAsync(folder, pages.ToDictionary(static page => page.Key, page => new Uri(proxy.Endpoint, page.Value).AbsoluteUri));

        Assert.All(new[] { "violations", "errors", "foreign" }, kind => Assert.Equal("[]", seen.GetProperty(kind).GetRawText()));
        AssertTitles(seen.GetProperty("titles"));
        Assert.Equal("[9,3,5,9]", seen.GetProperty("shown").GetRawText());
        Assert.True(seen.GetProperty("disabled").GetBoolean());
        Assert.Equal("3 Dateien · 3 MB", seen.GetProperty("chosen").GetString());
        Assert.Equal(TimeOfReader(pages["whole"]), seen.GetProperty("until").GetString());
        await AssertDownloadAsync(seen.GetProperty("selection"), "3-5", 3, 4, 5);
        await AssertDownloadAsync(seen.GetProperty("whole"), "", 1, 2, 3, 4, 5, 6);
        await AssertDownloadAsync(seen.GetProperty("plain"), " 1 6", 1, 6); // without a script the hidden field is empty

        // The browser resumed the download on its own at the byte where it was interrupted.
        var downloads = proxy.Requests.Where(static request => request.Target.StartsWith("/download/", StringComparison.Ordinal)).ToList();
        Assert.Equal([null, $"bytes={Cut}-", null, null], downloads.Select(static request => request.Headers.GetValueOrDefault("Range")));
        Assert.Equal(downloads[0].Target, downloads[1].Target);
    }

    /// <summary>Returns the expiry of a link as the page shows it: in German format and in the time zone of Kiritimati, 14 hours ahead of UTC.</summary>
    private static string TimeOfReader(string page)
    {
        var expiry = long.Parse(QueryHelpers.ParseQuery(new Uri(new Uri("http://host"), page).Query)["expiry"]!, CultureInfo.InvariantCulture);
        return DateTimeOffset.FromUnixTimeSeconds(expiry).ToOffset(TimeSpan.FromHours(14)).ToString("dd.MM.yyyy, HH:mm", CultureInfo.InvariantCulture);
    }

    private static void AssertTitles(JsonElement titles)
    {
        var archives = new[] { "whole", "limited", "password" }.SelectMany(static page => new[] { $"{page} en: 200 en {page}.zip", $"{page} de: 200 de {page}.zip" });
        var english = new[] { "expired en: 410 en Link expired", "used-up en: 410 en Link used up", "revoked en: 410 en Link revoked", "unknown en: 404 en Download not found", "changed en: 401 en Signature invalid" };
        var german = PageTexts.For(new DefaultHttpContext { Request = { Headers = { AcceptLanguage = "de" } } }.Request).Problems;
        var others = new[] { ("expired", 410, "link-expired"), ("used-up", 410, "link-used-up"), ("revoked", 410, "link-revoked"), ("unknown", 404, "record-not-found"), ("changed", 401, "signature-invalid") }
            .Select(state => string.Create(CultureInfo.InvariantCulture, $"{state.Item1} de: {state.Item2} de {german[state.Item3].Title}"));
        Assert.Equal(
            archives.Concat(english).Concat(others).Order(StringComparer.Ordinal),
            titles.EnumerateObject().Select(static title => $"{title.Name}: {title.Value}").Order(StringComparer.Ordinal));
    }

    /// <summary>Creates a link for each state that a page can show.</summary>
    /// <returns>The URL of each page by the name of its state, relative to the host.</returns>
    private static async Task<Dictionary<string, string>> CreateAsync(HttpClient client, LocalBackends backends)
    {
        foreach (var name in Names)
        {
            await backends.PutAsync($"browser/{name}", Content(name));
        }

        await backends.PutAsync("browser/text.txt", new byte[1000]);
        object[] objects = [.. Names.Select(static name => new { key = $"browser/{name}", name })];
        object[] text = [new { key = "browser/text.txt", name = "text.txt" }];
        var (_, whole) = await PostAsync(client, new { bucket = "b", objects, name = "whole", expires_in = "50h" });
        var (_, limited) = await PostAsync(client, new { bucket = "b", objects, name = "limited", max_downloads = 5 });
        var (_, password) = await PostAsync(client, new { bucket = "b", objects, name = "password", password = "secret" });
        var (_, usedUp) = await PostAsync(client, new { bucket = "b", objects = text, max_downloads = 1 });
        var (revokedId, revoked) = await PostAsync(client, new { bucket = "b", objects });

        // The length of this archive is not known, so the limit of its link counts downloads and not bytes.
        await client.GetByteArrayAsync(usedUp.Replace("/view/", "/download/", StringComparison.Ordinal), Token);
        using var over = await Eventually.UntilAsync(
            () => client.GetAsync(usedUp, Token), static response => response.StatusCode == HttpStatusCode.Gone, "the link to be used up", static response => response.ToString(), Token);
        using var deleted = await client.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/links/{revokedId}") { Headers = { { "X-Api-Key", Key } } }, Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        return new Dictionary<string, string>
        {
            ["whole"] = whole,
            ["limited"] = limited,
            ["password"] = password,
            ["expired"] = backends.Link("any", "/view/", expiry: "1000000000"),
            ["used-up"] = usedUp,
            ["revoked"] = revoked,
            ["unknown"] = backends.Link("unknown", "/view/"),
            ["changed"] = whole + "0",
        };
    }

    private static async Task<(string Id, string Page)> PostAsync(HttpClient client, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/links") { Content = JsonContent.Create(body), Headers = { { "X-Api-Key", Key } } };
        await request.Content.LoadIntoBufferAsync(Token);
        using var response = await client.SendAsync(request, Token);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Token));
        var link = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        return (link.GetProperty("id").GetString()!, link.GetProperty("page_url").GetString()!);
    }

    /// <summary>Opens the pages in Chromium. Screenshots are stored in the folder that <c>EGRESS_TEST_SCREENSHOTS</c> names.</summary>
    private static async Task<JsonElement> BrowseAsync(TempFolder folder, Dictionary<string, string> pages)
    {
        var chromium = Executable.Require("chromium", "chromium-browser", "google-chrome");
        var node = Executable.Require("node");
        var modules = Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "puppeteer-core")))
        {
            Requirement.Missing("chromium", "puppeteer-core is not installed (tests/install-servers.sh does that)");
        }

        string[] screenshots = Environment.GetEnvironmentVariable("EGRESS_TEST_SCREENSHOTS") is { Length: > 0 } target ? [target] : [];
        var run = await node.RunAsync(
            new ExecutableRun
            {
                Arguments =
                [
                    Path.Combine(RepositoryRoot.Path, "tests/Egress.TestKit/Downloads/page.js"), modules, chromium.Path, folder.Path, JsonSerializer.Serialize(pages), .. screenshots,
                ],
                WorkingDirectory = folder.Path,
                Limit = TimeSpan.FromMinutes(5),
            },
            Token);
        return JsonElement.Parse(run.EnsureSuccess().Output);
    }

    private static async Task AssertDownloadAsync(JsonElement download, string files, params int[] numbers)
    {
        Assert.Equal((files, "completed"), (download.GetProperty("files").GetString(), download.GetProperty("state").GetString()));
        Assert.EndsWith(".zip", download.GetProperty("name").GetString(), StringComparison.Ordinal);
        await using var zip = await ZipFile.OpenReadAsync(download.GetProperty("path").GetString()!, Token);
        var names = numbers.Select(static number => Names[number - 1]).ToList();
        Assert.Equal(names.Select(static name => name.Replace('<', '_').Replace('>', '_')), zip.Entries.Select(static entry => entry.FullName));
        foreach (var (name, entry) in names.Zip(zip.Entries))
        {
            using var content = new MemoryStream();
            await using var stream = await entry.OpenAsync(Token);
            await stream.CopyToAsync(content, Token);
            Assert.True(Content(name).AsSpan().SequenceEqual(content.ToArray()), name);
        }
    }

    private static byte[] Content(string name)
    {
        var bytes = new byte[name.Contains("large", StringComparison.Ordinal) ? Large : 1000 + name.Length];
        new Random(name.Length).NextBytes(bytes);
        return bytes;
    }
}
