using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Egress.Callbacks.Delivery;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.Core.Tests.Callbacks.Delivery;

/// <summary>Runs the code snippets of <c>docs/callbacks.md</c> that check signatures.</summary>
public sealed partial class SignatureSnippetTests
{
    private const string Id = "msg_1";
    private const string Body = """{"id":"ünï","status":"completed"}""";

    private static readonly string[] Secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a plain secret of 24 chars or more"];

    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "callbacks.md")).ReplaceLineEndings("\n");

    [Fact]
    public void The_example_in_C_sharp_compiles_and_works()
    {
        var source = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests/Egress.Core.Tests/Callbacks/CallbackVerifier.cs"));
        Assert.Equal(source.ReplaceLineEndings("\n"), Snippet("csharp"));
        Assert.All(Cases(), one => Assert.Equal(
            one.Valid, CallbackVerifier.Verify(one.Arguments[0], one.Arguments[1], one.Arguments[2], one.Arguments[3], one.Arguments[4])));
    }

    [Theory]
    [InlineData("js", "node", "for (const args of JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8'))) console.log(verify(...args) ? 'yes' : 'no');")]
    [InlineData("python", "python3", "import json, sys\nfor args in json.load(open(sys.argv[1], encoding='utf-8')): print('yes' if verify(*args) else 'no')")]
    [InlineData("php", "php", "foreach (json_decode(file_get_contents($argv[1])) as $args) echo verify(...$args) ? 'yes' : 'no', \"\\n\";")]
    public async Task The_receiver_accepts_what_Egress_signs_and_nothing_else(string language, string program, string driver)
    {
        var interpreter = Executable.Require(program);
        await using var folder = new TempFolder();
        var cases = Cases();
        var (script, input) = (folder["script"], folder["cases.json"]);
        await File.WriteAllTextAsync(script, (language == "php" ? "<?php\n" : "") + Snippet(language) + "\n" + driver, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(input, JsonSerializer.Serialize(cases.Select(one => one.Arguments)), TestContext.Current.CancellationToken);

        var result = (await interpreter.RunAsync(script, input)).EnsureSuccess();

        Assert.Equal(cases.Select(one => one.Valid ? "yes" : "no"), result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static List<(string[] Arguments, bool Valid)> Cases()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var cases = new List<(string[] Arguments, bool Valid)>();
        foreach (var secret in Secrets)
        {
            string Signed(long at) => CallbackSignature.Sign(CallbackSignature.KeyOf(secret)!, Id, at, Body);
            string Text(long at) => at.ToString(CultureInfo.InvariantCulture);
            cases.Add(([secret, Id, Text(now), Signed(now), Body], true));
            cases.Add(([secret, Id, Text(now), "v1,AAAA " + Signed(now), Body], true));
            cases.Add(([secret, Id, Text(now), Signed(now), Body + " "], false));
            cases.Add(([secret, "msg_2", Text(now), Signed(now), Body], false));
            cases.Add(([secret, Id, Text(now + 1), Signed(now), Body], false));
            cases.Add(([secret, Id, Text(now - 400), Signed(now - 400), Body], false));
            cases.Add(([secret, Id, "soon", Signed(now), Body], false));
            cases.Add(([secret, Id, Text(now), "", Body], false));
            cases.Add(([secret + "0000", Id, Text(now), Signed(now), Body], false));
        }

        return cases;
    }

    private static string Snippet(string language) =>
        Fence().Matches(Page).Single(match => match.Groups[1].Value == language).Groups[2].Value;

    [GeneratedRegex("^```(\\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
