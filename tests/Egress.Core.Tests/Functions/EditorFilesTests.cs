using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>Tests that the files with which editors start Egress name existing tasks, projects, scripts and settings.</summary>
public sealed partial class EditorFilesTests
{
    private const string Workspace = "${workspaceFolder}/";

    /// <summary>Files and folders that a build, a publish or a task creates, and that are not in the repository.</summary>
    private static readonly string[] Made = ["local.settings.json", "artifacts/functions-app"];

    private static readonly string[] Paths = [".vscode/extensions.json", ".vscode/launch.json", ".vscode/settings.json", ".vscode/tasks.json", ".devcontainer/devcontainer.json"];

    private static readonly List<JsonElement> Tasks = [.. Parse(".vscode/tasks.json").GetProperty("tasks").EnumerateArray()];

    private static HashSet<string> Labels => [.. Tasks.Select(static task => task.GetProperty("label").GetString()!)];

    [Fact]
    public void Every_file_of_editors_is_checked() => Assert.Equal(
        Paths,
        new[] { ".vscode", ".devcontainer" }.SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, folder), "*", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(RepositoryRoot.Path, path)).Order(StringComparer.Ordinal)));

    [Fact]
    public void Every_task_that_is_named_exists()
    {
        var named = Tasks.Where(static task => task.TryGetProperty("dependsOn", out _)).SelectMany(static task => Names(task.GetProperty("dependsOn")))
            .Concat(Parse(".vscode/launch.json").GetProperty("configurations").EnumerateArray().Select(static one => one.GetProperty("preLaunchTask").GetString()!))
            .Append(Parse(".vscode/settings.json").GetProperty("azureFunctions.preDeployTask").GetString()!);
        Assert.All(named, name => Assert.Contains(name, Labels));
    }

    [Fact]
    public void Every_path_that_is_named_exists()
    {
        var named = Paths.SelectMany(static path => Texts(Parse(path))).SelectMany(PathsIn).ToHashSet();
        Assert.Superset(new HashSet<string>(["Egress.sln", "./test.sh", "src/Egress.Functions", "src/Egress.Server", "local.settings.sample.json"]), named);
        Assert.All(named.Except(Made), AssertExists);
    }

    [Fact]
    public void The_folder_that_is_deployed_is_the_one_that_the_task_before_publishes()
    {
        var settings = Parse(".vscode/settings.json");
        var task = Tasks.Single(task => task.GetProperty("label").GetString() == settings.GetProperty("azureFunctions.preDeployTask").GetString());
        Assert.Contains(
            $"publish {settings.GetProperty("azureFunctions.projectSubpath")} --configuration Release --output {settings.GetProperty("azureFunctions.deploySubpath")}",
            task.GetProperty("command").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_container_installs_what_the_folder_recommends() => Assert.Equal(
        Names(Parse(".vscode/extensions.json").GetProperty("recommendations")),
        Names(Parse(".devcontainer/devcontainer.json").GetProperty("customizations").GetProperty("vscode").GetProperty("extensions")));

    [Fact]
    public void The_first_download_is_made_with_the_sample_settings()
    {
        var sample = Parse("local.settings.sample.json").GetProperty("Values");
        var task = Tasks.Single(static task => task.GetProperty("label").GetString() == "link to a first download");
        Assert.All(
            task.GetProperty("options").GetProperty("env").EnumerateObject(),
            variable => Assert.Equal(sample.GetProperty(variable.Name).GetString(), variable.Value.GetString()));
    }

    /// <summary>
    /// Asserts that a path is a file or folder of the repository, or the result of a build: the folder <c>bin/CONFIGURATION/FRAMEWORK</c> of a project, or
    /// a file in it.
    /// </summary>
    private static void AssertExists(string path)
    {
        var parts = path.Split("/bin/");
        Assert.True(Path.Exists(Path.Combine(RepositoryRoot.Path, parts[0])), $"{parts[0]} does not exist.");
        if (parts.Length == 1)
        {
            Assert.True(!path.EndsWith(".sh", StringComparison.Ordinal) || OperatingSystem.IsWindows()
                || File.GetUnixFileMode(Path.Combine(RepositoryRoot.Path, path)).HasFlag(UnixFileMode.UserExecute), $"{path} cannot be executed.");
            return;
        }

        var project = Path.GetFileName(parts[0]);
        Assert.True(File.Exists(Path.Combine(RepositoryRoot.Path, parts[0], $"{project}.csproj")), $"{parts[0]} has no project of that name.");
        var framework = XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("TargetFramework").Single().Value;
        Assert.Contains(parts[1], new[] { $"Debug/{framework}", $"Debug/{framework}/{project}.dll" });
    }

    /// <summary>Returns the words of a text that are paths in the repository, and not options, links, images, packages or absolute paths.</summary>
    private static IEnumerable<string> PathsIn(string text) => Word().Matches(text)
        .Select(static word => word.Value.Replace(Workspace, "", StringComparison.Ordinal))
        .Where(static word => (word.Contains('/', StringComparison.Ordinal) || HasExtension().IsMatch(word)) && !IsElsewhere().IsMatch(word));

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(static property => Texts(property.Value)),
        _ => [],
    };

    private static IEnumerable<string> Names(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().Select(static name => name.GetString()!) : [element.GetString()!];

    private static JsonElement Parse(string path) => JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)));

    [GeneratedRegex(@"[^\s'"";&|]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\.(sln|json|sh|csproj|http|mjs|cs)$")]
    private static partial Regex HasExtension();

    [GeneratedRegex("^(/|-)|:|@")]
    private static partial Regex IsElsewhere();
}
