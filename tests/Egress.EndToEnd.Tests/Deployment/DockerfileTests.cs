using System.Globalization;
using System.Text.RegularExpressions;
using Egress.Hosting;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Checks the most important rules of hadolint, and compares the images with the projects.</summary>
public sealed partial class DockerfileTests
{
    private const string Server = "Dockerfile";
    private const string Functions = "src/Egress.Functions/Dockerfile";

    public static TheoryData<string> Both => [Server, Functions];

    [Theory]
    [MemberData(nameof(Both))]
    public void Base_images_have_a_version(string path)
    {
        var stages = new HashSet<string>();
        foreach (var from in Dockerfile.Read(path).Instructions.Where(i => i.Keyword == "FROM"))
        {
            // Rules DL3006 and DL3007 of hadolint.
            Assert.True(stages.Contains(from.Words[0]) || Version().IsMatch(from.Words[0]), from.Words[0]);
            stages.Add(from.Words[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Every_copied_file_exists_and_is_part_of_the_build_context(string path)
    {
        var sent = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, ".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();
        var sources = Dockerfile.Read(path).Sources.ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, source =>
        {
            Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, source)), source);
            Assert.Contains(source, sent);
        });
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Instructions_follow_the_rules_of_hadolint(string path) => Assert.All(Dockerfile.Read(path).Instructions, instruction =>
    {
        var (keyword, arguments) = (instruction.Keyword, instruction.Arguments);
        Assert.NotEqual("ADD", keyword); // DL3020
        Assert.NotEqual("MAINTAINER", keyword); // DL4000
        switch (keyword)
        {
            case "RUN":
                Assert.DoesNotMatch(@"\b(sudo|apt|apt-get|curl|wget|cd)\b", arguments); // rules DL3004, DL3008 and DL3003
                Assert.DoesNotContain("|", arguments, StringComparison.Ordinal); // DL4006
                break;
            case "WORKDIR":
                Assert.StartsWith("/", arguments, StringComparison.Ordinal); // DL3000
                break;
            case "ENTRYPOINT" or "CMD":
                Assert.NotEmpty(instruction.Json); // DL3025
                break;
            case "USER":
                Assert.DoesNotMatch("^(root|0)(:|$)", arguments); // DL3002
                break;
            case "ENV" or "ARG":
                Assert.DoesNotMatch("(?i)(secret|password|key|token)", arguments);
                break;
        }
    });

    [Fact]
    public void The_server_runs_as_an_ordinary_user_and_writes_to_its_volume_only()
    {
        var image = Dockerfile.Read(Server);
        Assert.Equal("$APP_UID", image.Single("USER").Arguments);
        Assert.Equal(image.Single("VOLUME").Arguments, image.Environment.Single(variable => variable.Name == "DATA_DIR").Value);
        Assert.Contains(image.LastStage, i => i.Keyword == "COPY" && i.Flags.Contains("--chown=$APP_UID:$APP_UID") && i.Words[^1] == "/data");
        Assert.Contains("chiseled", image.Single("FROM").Arguments, StringComparison.Ordinal);
        Assert.Equal(new ServerOptions().Port.ToString(CultureInfo.InvariantCulture), image.Single("EXPOSE").Arguments);
    }

    [Fact]
    public void The_image_of_the_app_shows_no_page_of_the_platform() =>
        Assert.Contains(("AzureWebJobsDisableHomepage", "true"), Dockerfile.Read(Functions).Environment);

    [Fact]
    public void The_app_is_published_as_the_page_and_the_test_under_the_host_do()
    {
        var publish = Dockerfile.Read(Functions).Instructions.Single(i => i.Keyword == "RUN").Arguments;
        var command = publish[..publish.IndexOf(" --output", StringComparison.Ordinal)];
        foreach (var file in new[] { "docs/functions.md", "docs/deploy.md", "tests/functions-e2e.sh" })
        {
            Assert.Contains(command, File.ReadAllText(Path.Combine(RepositoryRoot.Path, file)), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^[a-z0-9./-]+:(?!latest)[\w.-]*\d[\w.-]*$")]
    private static partial Regex Version();
}
