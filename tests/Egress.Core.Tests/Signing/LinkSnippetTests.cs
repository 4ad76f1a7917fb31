using System.Globalization;
using System.Text.RegularExpressions;
using Egress.Signing;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.Core.Tests.Signing;

/// <summary>Runs the programs in <c>docs/links.md</c>.</summary>
public sealed partial class LinkSnippetTests
{
    private const string Secret = "clé, with a comma and ünïcode";

    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "links.md")).ReplaceLineEndings("\n");

    private static readonly LinkSigner Signer = new(new SigningOptions { Enforce = true, Secret = Secret });

    private static readonly string[] Ids = ["019ad1fc", "with space", "a/b?c#d&e", "100% of a%2Fb", "résumé 日本 😀", "it's \"quoted\" $HOME `x` \\ *"];

    [Fact]
    public void The_example_in_C_sharp_compiles()
    {
        var source = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests/Egress.Core.Tests/Signing/LinkSnippet.cs")).ReplaceLineEndings("\n");

        Assert.Equal(source, Snippet("csharp"));
        Assert.All(Ids, id =>
        {
            AssertSigned(global::Links.Sign("https://downloads.example.com", id, 1_764_460_487, Secret), id, "1764460487");
            AssertSigned(global::Links.Sign("https://downloads.example.com", id, null, Secret), id, null);
        });
    }

    [Theory]
    [InlineData("node", "node", "sign.js")]
    [InlineData("python3", "python3", "sign.py")]
    [InlineData("php", "php", "sign.php")]
    [InlineData("go", "go run", "sign.go")]
    [InlineData("sh", "sh", "sign.sh")]
    public async Task The_printed_link_is_valid(string name, string command, string file)
    {
        var program = Executable.Require(command.Split(' ')[0]);
        await using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder[file], Snippet(name), TestContext.Current.CancellationToken);
        foreach (var id in Ids)
        {
            foreach (var expiry in new[] { null, "1764460487" })
            {
                var run = new ExecutableRun
                {
                    Arguments = [.. command.Split(' ').Skip(1), folder[file], id, .. expiry is null ? Array.Empty<string>() : [expiry]],
                    WorkingDirectory = folder.Path,
                    Environment = new Dictionary<string, string?> { ["SIGNING_SECRET"] = Secret },
                };
                var result = await program.RunAsync(run, TestContext.Current.CancellationToken);
                AssertSigned(result.EnsureSuccess().Output.TrimEnd('\n'), id, expiry);
            }
        }
    }

    /// <summary>Asserts that the server can decode and verify a link. It may be encoded differently from Egress's own links.</summary>
    private static void AssertSigned(string link, string id, string? expiry)
    {
        var match = Form().Match(link);
        Assert.True(match.Success, link);
        Assert.Equal(id, Uri.UnescapeDataString(match.Groups["id"].Value));
        Assert.Equal(expiry ?? "", match.Groups["expiry"].Value);
        var now = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expiry ?? "0", CultureInfo.InvariantCulture));
        Assert.Equal(LinkVerdict.Valid, Signer.Verify(id, expiry, match.Groups["signature"].Value, now).Verdict);
    }

    private static string Snippet(string name) => Fence().Matches(Page).Single(match => match.Groups["name"].Value == name).Groups["code"].Value;

    [GeneratedRegex("^<!-- sign: (?<name>\\w+) -->\n```\\w+\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^https://downloads\.example\.com/download/(?<id>[^/?#]+)\?(expiry=(?<expiry>\d+)&)?signature=(?<signature>[0-9a-f]{64})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
