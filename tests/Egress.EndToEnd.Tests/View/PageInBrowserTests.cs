using System.IO.Compression;
using System.Text.Json;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.View;

/// <summary>The page about an archive in Chromium, with axe-core: accessible, without errors, and without requests to others.</summary>
public sealed class PageInBrowserTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_chooses_files_and_downloads_them()
    {
        var chromium = Executable.Require("chromium", "chromium-browser", "google-chrome");
        var node = Executable.Require("node");
        var modules = Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "puppeteer-core")))
        {
            Requirement.Missing("chromium", "puppeteer-core is not installed (tests/install-servers.sh does that)");
        }

        await using var server = await EgressServer.StartAsync(("PAGE_TITLE", "Example"), ("ENFORCE_SIGNING", "true"));
        string[] keys = ["a.jpg", "b.jpg", "c.jpg", "d & <i>.jpg"];
        foreach (var key in keys)
        {
            await server.PutAsync("b", key, Content.Make(1000, key.Length));
        }

        var page = new Uri(server.Client.BaseAddress!, (await server.CreateLinkAsync("b", keys)).Replace("/download/", "/view/", StringComparison.Ordinal));
        await using var folder = new TempFolder();
        var run = await node.RunAsync(
            new ExecutableRun
            {
                Arguments = [Path.Combine(RepositoryRoot.Path, "tests/Egress.EndToEnd.Tests/View/page.js"), modules, chromium.Path, page.AbsoluteUri, folder.Path],
                WorkingDirectory = folder.Path,
                Limit = TimeSpan.FromMinutes(5),
            },
            Token);
        var seen = JsonElement.Parse(run.EnsureSuccess().Output);

        Assert.All(new[] { "violations", "errors", "foreign" }, kind => Assert.Equal("[]", seen.GetProperty(kind).GetRawText()));
        Assert.Equal("[4,1]", seen.GetProperty("shown").GetRawText());
        Assert.True(seen.GetProperty("disabled").GetBoolean());
        Assert.Equal(("1-2,4", "completed"), (seen.GetProperty("address").GetString(), seen.GetProperty("download").GetString()));
        using var zip = ZipFile.OpenRead(folder[seen.GetProperty("file").GetString()!]);
        Assert.Equal(["a.jpg", "b.jpg", "d & _i_.jpg"], zip.Entries.Select(static entry => entry.FullName));
    }
}
