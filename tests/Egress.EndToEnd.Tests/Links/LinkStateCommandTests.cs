using System.Net;
using System.Text.Json;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of <c>link create</c>, <c>list</c>, <c>show</c> and <c>revoke</c>, on the database and through the API of a running server.</summary>
public sealed class LinkStateCommandTests
{
    private const string Secret = "admin-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_link_is_created_listed_shown_and_revoked(bool throughServer)
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("EGRESS_API_KEY", Secret), ("ENFORCE_SIGNING", "true"));
        string[] place = throughServer ? ["--server", $"http://127.0.0.1:{server.Port}"] : [];
        await server.PutAsync("b", "a.txt", "1"u8.ToArray());
        var created = await RunAsync("link", "create", "--bucket", "b", "--object", "a.txt", "--id", "a/b", "--expires", "2h", "--name", "n");
        var link = new Uri(created.Output.Trim());
        using var archive = await server.Client.GetAsync(link.PathAndQuery, Token);
        Assert.Equal(HttpStatusCode.OK, archive.StatusCode);

        var listed = JsonElement.Parse((await RunAsync("link", "list", "--json")).Output);
        Assert.Equal(("a/b", throughServer ? "admin" : "command-line"), (listed.GetProperty("id").GetString(), listed.GetProperty("created_by").GetString()));
        Assert.Contains("a/b", (await RunAsync("link", "list", "--state", "active", "--limit", "1")).Output, StringComparison.Ordinal);
        Assert.Empty((await RunAsync("link", "list", "--state", "revoked")).Output);
        Assert.Contains("revoked          false", (await RunAsync("link", "show", "a/b")).Output, StringComparison.Ordinal);

        await RunAsync("link", "revoke", "a/b");
        using var gone = await server.Client.GetAsync(link.PathAndQuery, Token);
        Assert.Equal(HttpStatusCode.Gone, gone.StatusCode);
        var check = await server.RunAsync("link", "check", link.AbsoluteUri);
        Assert.Equal((1, "The link is refused: it was revoked."), (check.ExitCode, check.Output.Trim()));
        Assert.Contains("\"revoked\":true", (await RunAsync("link", "show", "a/b", "--json")).Output, StringComparison.Ordinal);
        var unknown = await server.RunAsync(["link", "revoke", "nothing", .. place]);
        Assert.Equal((1, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("link-not-found", unknown.Error, StringComparison.Ordinal);

        async Task<TestKit.Processes.ExecutableResult> RunAsync(params string[] arguments) => (await server.RunAsync([.. arguments, .. place])).EnsureSuccess();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_faulty_field_is_named(bool throughServer)
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret), ("EGRESS_API_KEY", Secret), ("MAX_LINK_LIFETIME", "24h"), ("REQUIRE_EXPIRY", "true"));
        string[] place = throughServer ? ["--server", $"http://127.0.0.1:{server.Port}"] : [];
        var refused = await server.RunAsync(["link", "create", "--object", "a.txt", "--expires", "48h", "--callback", "nowhere", "--password", "x", .. place]);
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("expires_in must be within 24h", refused.Error, StringComparison.Ordinal);
        Assert.Contains("callback must be an absolute http", refused.Error, StringComparison.Ordinal);
        Assert.Contains("password is not allowed on this server", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_contains_the_body_of_POST_links_and_the_answer_is_JSON()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Secret));
        await server.PutAsync("b", "a.jpg", "12345"u8.ToArray());
        await using var folder = new TempFolder();
        var file = await folder.WriteAsync("link.json", """{"bucket":"b","objects":[{"key":"a.jpg"}],"name":"from a file"}"""u8.ToArray());
        var created = JsonElement.Parse((await server.RunAsync("link", "create", "--from-file", file, "--json")).EnsureSuccess().Output);
        Assert.Equal((1, true), (created.GetProperty("files").GetInt32(), created.GetProperty("resumable").GetBoolean()));
        Assert.StartsWith($"http://localhost:{server.Port}/download/", created.GetProperty("url").GetString(), StringComparison.Ordinal);

        var faulty = await folder.WriteAsync("faulty.json", """{"bucket":"b","objects":["a.jpg"],"nickname":"x"}"""u8.ToArray());
        var refused = await server.RunAsync("link", "create", "--from-file", faulty);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("nickname is not a field of a link", refused.Error, StringComparison.Ordinal);
        var both = await server.RunAsync("link", "create", "--from-file", file, "--name", "x");
        Assert.Contains("cannot be combined with --name", both.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_one_or_a_missing_key_is_named()
    {
        await using var server = await EgressServer.StartAsync();
        var url = $"http://127.0.0.1:{server.Port}";
        Assert.Contains("EGRESS_API_KEY", (await server.RunAsync("link", "list", "--server", url)).Error, StringComparison.Ordinal);
        Assert.Contains("not-found", (await server.RunAsync("link", "list", "--server", url, "--api-key", Secret)).Error, StringComparison.Ordinal);
        Assert.Contains("did not answer", (await server.RunAsync("link", "list", "--server", $"http://127.0.0.1:{FreePort.Next()}", "--api-key", Secret)).Error, StringComparison.Ordinal);
        Assert.Contains("must be an http", (await server.RunAsync("link", "list", "--server", "example.com", "--api-key", Secret)).Error, StringComparison.Ordinal);
        Assert.Contains("require --server", (await server.RunAsync("link", "list", "--api-key", Secret)).Error, StringComparison.Ordinal);
    }
}
