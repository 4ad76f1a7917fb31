using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Tests that the workflows name existing files, use pinned actions, and have only the permissions that they need.</summary>
public sealed partial class WorkflowTests
{
    private const string Ci = ".github/workflows/ci.yml";
    private const string Release = ".github/workflows/release.yml";

    public static TheoryData<string> All =>
        [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, ".github/workflows")).Select(path => Path.GetRelativePath(RepositoryRoot.Path, path))];

    [Fact]
    public void Ci_builds_and_tests_with_one_command_and_builds_the_images()
    {
        Assert.Equal(["sudo --preserve-env env \"PATH=$PATH\" ./test.sh"], Commands(Ci));
        var files = (YamlSequenceNode)Yaml.Read(Ci)["jobs"]["image"]["strategy"]["matrix"]["file"];
        Assert.Equal(["Dockerfile", "src/Egress.Functions/Dockerfile"], files.Select(Yaml.Text));
    }

    [Fact]
    public void A_release_waits_for_the_tests_and_names_its_images_by_the_repository()
    {
        var jobs = Yaml.Read(Release)["jobs"];
        Assert.Equal("./" + Ci, jobs["test"]["uses"].Text());
        Assert.All(new[] { "files", "images" }, job => Assert.Contains("test", ((YamlSequenceNode)jobs[job]["needs"]).Select(Yaml.Text)));
        Assert.Equal(["version", "files", "images"], ((YamlSequenceNode)jobs["release"]["needs"]).Select(Yaml.Text));
        Assert.Contains("echo \"image=ghcr.io/${GITHUB_REPOSITORY,,}\" >> \"$GITHUB_OUTPUT\"", Commands(Release)[0], StringComparison.Ordinal);
        var images = ((YamlSequenceNode)jobs["images"]["strategy"]["matrix"]["include"]).Select(image => (image["file"].Text(), image["platforms"].Text()));
        Assert.Equal([("Dockerfile", "linux/amd64,linux/arm64"), ("src/Egress.Functions/Dockerfile", "linux/amd64")], images);
    }

    [Fact]
    public void Everything_that_a_tag_builds_has_the_version_of_the_tag()
    {
        Assert.Contains(Commands(Release), command => command.Contains("number=${GITHUB_REF_NAME#v}", StringComparison.Ordinal));
        var push = Assert.Single(Steps(Release), step => step.Find("uses")?.Text().StartsWith("docker/build-push-action@", StringComparison.Ordinal) is true)["with"];
        Assert.Equal("VERSION=${{ needs.version.outputs.number }}", push["build-args"].Text());
        Assert.Equal(("true", "mode=max"), (push["sbom"].Text(), push["provenance"].Text()));
        Assert.All(
            new[] { "Dockerfile", "src/Egress.Functions/Dockerfile" },
            file => Assert.Contains(Dockerfile.Read(file).Instructions, static i => i is { Keyword: "ARG", Arguments: "VERSION" }));
        var script = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "deploy/release/package.sh"));
        Assert.Equal(2, Regex.Count(script, """^ *dotnet (publish|pack) .*-p:Version="\$version" """, RegexOptions.Multiline));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_file_that_the_workflows_name_exists(string path)
    {
        var named = Commands(path).SelectMany(command => RepositoryPath().Matches(command)).Select(match => match.Value)
            .Concat(Steps(path).SelectMany(step => new[] { step.Find("with")?.Find("file"), step.Find("with")?.Find("global-json-file") }).OfType<YamlNode>().Select(Yaml.Text))
            .Where(name => !name.Contains("${{", StringComparison.Ordinal));
        Assert.All(named, name => Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, name)), name));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Actions_are_pinned_by_commit_and_jobs_may_do_little(string path)
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, path)).Where(line => line.Contains("uses: ", StringComparison.Ordinal) && !line.Contains("uses: ./", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Matches("uses: [a-z0-9/_-]+@[0-9a-f]{40} # v[0-9]+\\.[0-9]+\\.[0-9]+$", line));

        var workflow = Yaml.Read(path);
        Assert.Equal([("contents", "read")], workflow["permissions"].Pairs().Select(pair => (pair.Key, pair.Value.Text())));
        Assert.All(workflow["jobs"].Pairs().Where(job => job.Value.Find("uses") is null), job => Assert.NotNull(job.Value.Find("timeout-minutes")));
        var writers = workflow["jobs"].Pairs()
            .SelectMany(job => job.Value.Find("permissions")?.Pairs().Where(right => right.Value.Text() == "write").Select(right => $"{job.Key} {right.Key}") ?? []);
        Assert.Subset(
            new HashSet<string> { "images packages", "images id-token", "images attestations", "release contents", "release id-token", "release attestations", "analyze security-events" },
            writers.ToHashSet());
        Assert.All(
            Steps(path).Where(step => step.Find("uses")?.Text().StartsWith("actions/checkout@", StringComparison.Ordinal) is true),
            step => Assert.Equal("false", step["with"]["persist-credentials"].Text()));
    }

    [Fact]
    public void CI_requires_the_same_programs_as_the_other_run_and_as_the_page_says()
    {
        var required = Assert.Single(Steps(Ci), step => step.Find("env") is not null)["env"]["EGRESS_REQUIRE"].Text();
        Assert.Contains($"EGRESS_REQUIRE={required}\n", File.ReadAllText(Path.Combine(RepositoryRoot.Path, ".ci", "run")), StringComparison.Ordinal);
        Assert.Contains($"`{required}`", File.ReadAllText(Path.Combine(RepositoryRoot.Path, "tests", "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_are_the_section_of_the_changelog()
    {
        var notes = (await RunAsync("notes.sh", "Unreleased")).EnsureSuccess().Output;
        Assert.Contains("### Added", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("## [", notes.Replace("### ", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var missing = await RunAsync("notes.sh", "987.6.5");
        Assert.Equal((1, "CHANGELOG.md has no section [987.6.5]"), (missing.ExitCode, missing.Error.Trim()));
    }

    [Fact]
    public async Task Manifests_of_a_release_name_the_image_by_digest()
    {
        const string image = "ghcr.io/somebody/egress:1.2.3@sha256:0123";
        var manifests = (await RunAsync("manifests.sh", image)).EnsureSuccess().Output;
        Assert.Single(Regex.Matches(manifests, $"^ *image: {Regex.Escape(image)}$", RegexOptions.Multiline));
        Assert.Equal(
            ["ConfigMap", "StatefulSet", "Service", "PodDisruptionBudget"],
            Regex.Matches(manifests, "^kind: (.+)$", RegexOptions.Multiline).Select(match => match.Groups[1].Value));
    }

    private static Task<ExecutableResult> RunAsync(string script, string argument) =>
        Executable.Require("bash").RunAsync(Path.Combine(RepositoryRoot.Path, "deploy/release", script), argument);

    private static List<YamlNode> Steps(string path) =>
        [.. Yaml.Read(path)["jobs"].Pairs().SelectMany(static job => (YamlSequenceNode?)job.Value.Find("steps") ?? [])];

    private static List<string> Commands(string path) => [.. Steps(path).Select(static step => step.Find("run")?.Text()).OfType<string>()];

    [GeneratedRegex(@"(?<=^|\s)(\./test\.sh|src/[\w./]+|deploy/[\w./]+|\w+\.sln)")]
    private static partial Regex RepositoryPath();
}
