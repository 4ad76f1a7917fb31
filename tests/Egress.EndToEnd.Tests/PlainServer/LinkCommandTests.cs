using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of <c>link create</c>, <c>link sign</c> and <c>link check</c>.</summary>
public sealed class LinkCommandTests
{
    private const string Secret = "test-secret-0123456789";

    [Theory]
    [InlineData("link", "create", "--object", "a.txt")]
    [InlineData("link", "sign", "abc")]
    [InlineData("link", "check", "http://localhost/abc")]
    [InlineData("callbacks", "list")]
    public async Task In_a_folder_without_data_commands_name_the_folder_and_make_none(params string[] command)
    {
        await using var folder = new TempFolder();
        foreach (var secret in new[] { Secret, null })
        {
            var result = await EgressServer.RunInNewFolderAsync([("DATA_DIR", folder["data"]), ("SIGNING_SECRET", secret)], command);
            Assert.Equal(1, result.ExitCode);
            Assert.Empty(result.Output);
            Assert.Contains(folder["data"], result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder["data"]));
        }
    }

    [Fact]
    public async Task Create_warns_of_objects_that_do_not_exist_and_prints_nothing_but_the_link()
    {
        await using var server = await EgressServer.StartAsync();
        await server.PutAsync("b", "there.txt", "1"u8.ToArray());
        await server.PutAsync("b", "full/a.txt", "1"u8.ToArray());
        var result = (await server.RunAsync(
            "link", "create", "--bucket", "b", "--object", "there.txt", "--object", "gone.txt", "--prefix", "full/", "--prefix", "empty/")).EnsureSuccess();
        Assert.True(Uri.IsWellFormedUriString(result.Output.Trim(), UriKind.Absolute));
        var warnings = result.Error.Split('\n').Where(static line => line.StartsWith("Warning:", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, warnings.Count);
        Assert.Contains("'gone.txt' in the bucket 'b'", warnings[0], StringComparison.Ordinal);
        Assert.Contains(server.Files, warnings[0], StringComparison.Ordinal);
        Assert.Contains("'empty/'", warnings[1], StringComparison.Ordinal);
        Assert.Contains($"Data folder: {Path.GetDirectoryName(server.Files)}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_and_log_name_the_reason_of_a_refusal()
    {
        await using var server = await EgressServer.StartAsync(("ENFORCE_SIGNING", "true"));
        var expiry = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        await AssertAsync(server, EgressServer.Link("sample", expiry), null);
        await AssertAsync(server, Link(Hex(Secret, $"sample.{expiry}")), "has \".\" instead of \"|\"");
        await AssertAsync(server, Link(Uri.EscapeDataString(Convert.ToBase64String(Convert.FromHexString(Hex(Secret, $"sample|{expiry}"))))), "base64 instead of hexadecimal");
        await AssertAsync(server, Link(Hex(Secret, $"/download/sample|{expiry}")), "the path was signed");
        await AssertAsync(server, Link(Hex("another", $"sample|{expiry}")), "another secret, or for another id or expiry");
        await AssertAsync(server, EgressServer.Link("sample", "1000000000"), "expired", "2001-09-09 01:46:40 UTC");
        await AssertAsync(server, EgressServer.Link("nothing here", expiry), "no", "no record has the id 'nothing here'");
        await AssertAsync(server, "/download/sample", "no signature");

        string Link(string signature) => $"/download/sample?expiry={expiry}&signature={signature}";
    }

    [Theory]
    [InlineData("https://downloads.example.com/metrics", "is not that of a download")]
    [InlineData("/a/b/sample", "is not that of a download")]
    [InlineData("https://downloads.example.com/", "is not that of a download")]
    [InlineData("/download/sample?expiry=1&amp;signature=00", "HTML")]
    [InlineData("/sample?expiry=1&expiry=2", "twice")]
    public async Task Check_names_the_fault_of_an_address(string url, string words)
    {
        await using var server = await EgressServer.StartAsync();
        var result = await server.RunAsync("link", "check", url);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
    }

    /// <param name="server">The server.</param>
    /// <param name="link">The link, relative to the server.</param>
    /// <param name="logged">Text of the log line about the refusal; null for a link that works.</param>
    /// <param name="printed">Text that the command prints; null if it equals <paramref name="logged"/>.</param>
    private static async Task AssertAsync(EgressServer server, string link, string? logged, string? printed = null)
    {
        var result = await server.RunAsync("link", "check", $"https://downloads.example.com{link}");
        Assert.Equal(logged is null ? 0 : 1, result.ExitCode);
        Assert.Contains(printed ?? logged ?? "The link works.", result.Output, StringComparison.Ordinal);
        if (logged is null)
        {
            return;
        }

        var id = Guid.NewGuid().ToString();
        using var request = new HttpRequestMessage(HttpMethod.Get, link);
        request.Headers.Add("X-Request-ID", id);
        using var refused = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var line = await server.Process.WaitForLineAsync(id, TimeSpan.FromMinutes(1));
        Assert.DoesNotContain("(null)", line, StringComparison.Ordinal);
        Assert.Contains(logged, Regex.Unescape(line), StringComparison.Ordinal);
    }

    private static string Hex(string secret, string payload) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(payload)));
}
