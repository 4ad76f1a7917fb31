using System.Text.RegularExpressions;
using Egress.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>The workflow names files that exist and does what it should.</summary>
public sealed partial class WorkflowTests
{
    private static readonly YamlNode Workflow = Yaml.Read(".github/workflows/ci.yml");

    private static readonly List<YamlNode> Steps =
        [.. Workflow["jobs"].Pairs().SelectMany(static job => (YamlSequenceNode)job.Value["steps"])];

    private static IEnumerable<string> Commands => Steps.Select(static step => step.Find("run")?.Text()).OfType<string>();

    private static IEnumerable<YamlNode> Images => Steps.Select(static step => step.Find("with")).OfType<YamlNode>().Where(static with => with.Find("file") is not null);

    [Fact]
    public void It_builds_tests_checks_the_template_and_publishes()
    {
        string[] expected =
        [
            "dotnet build Egress.sln", "./test.sh", "az bicep build --file infra/bicep/main.bicep", "az bicep lint --file infra/bicep/main.bicep",
            "dotnet publish src/Egress.Functions",
        ];
        Assert.All(expected, part => Assert.Contains(Commands, command => command.Contains(part, StringComparison.Ordinal)));
        Assert.Equal(["Dockerfile", "src/Egress.Functions/Dockerfile"], Images.Select(image => image["file"].Text()));
    }

    [Fact]
    public void Everything_that_a_tag_builds_has_its_version()
    {
        Assert.Contains(Commands, static command => command.Contains("version=-p:Version=${GITHUB_REF#refs/tags/v}", StringComparison.Ordinal)
            && command.Contains("dotnet publish src/Egress.Functions --configuration Release --output artifacts/functions-app $version", StringComparison.Ordinal));
        Assert.Contains(Commands, static command => command.Contains("number=${GITHUB_REF#refs/tags/v}", StringComparison.Ordinal));
        Assert.All(Images, static image =>
        {
            Assert.Equal("VERSION=${{ steps.version.outputs.number }}", image["build-args"].Text());
            Assert.Contains(Dockerfile.Read(image["file"].Text()).Instructions, static i => i is { Keyword: "ARG", Arguments: "VERSION" });
        });
    }

    [Fact]
    public void What_it_names_exists()
    {
        var named = Commands.SelectMany(command => RepositoryPath().Matches(command)).Select(match => match.Value)
            .Concat(Steps.SelectMany(step => new[] { step.Find("with")?.Find("file"), step.Find("with")?.Find("global-json-file") }).OfType<YamlNode>().Select(Yaml.Text))
            .ToList();
        Assert.True(named.Count >= 8, string.Join(' ', named));
        Assert.All(named, path => Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, path)), path));
    }

    [Fact]
    public void Its_actions_have_versions_and_it_may_do_little()
    {
        Assert.All(Steps.Select(step => step.Find("uses")?.Text()).OfType<string>(), action => Assert.Matches("@v[0-9]+$", action));
        Assert.Equal("read", Workflow["permissions"]["contents"].Text());
        Assert.All(Workflow["jobs"].Pairs(), job => Assert.NotNull(job.Value.Find("timeout-minutes")));
    }

    [Fact]
    public void It_requires_the_same_as_the_other_run_and_what_the_page_says()
    {
        var required = Assert.Single(Steps, step => step.Find("env") is not null)["env"]["EGRESS_REQUIRE"].Text();
        Assert.Contains($"EGRESS_REQUIRE={required}\n", File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".ci", "run")), StringComparison.Ordinal);
        Assert.Contains($"`{required}`", File.ReadAllText(Path.Combine(RepositoryRoot.Path, "CONTRIBUTING.md")), StringComparison.Ordinal);
    }

    [GeneratedRegex(@"(?<=^|\s)(\./test\.sh|src/[\w./]+|infra/[\w./]+|\w+\.sln)")]
    private static partial Regex RepositoryPath();
}
