using System.Text.Json;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>The files with which editors start Egress name existing tasks, projects and settings.</summary>
public sealed class EditorFilesTests
{
    private static readonly List<JsonElement> Tasks = [.. Parse(".vscode/tasks.json").GetProperty("tasks").EnumerateArray()];

    private static HashSet<string> Labels => [.. Tasks.Select(static task => task.GetProperty("label").GetString()!)];

    [Fact]
    public void Every_task_that_is_named_exists()
    {
        var named = Tasks.Where(static task => task.TryGetProperty("dependsOn", out _)).SelectMany(static task => Names(task.GetProperty("dependsOn")))
            .Concat(Parse(".vscode/launch.json").GetProperty("configurations").EnumerateArray().Select(static one => one.GetProperty("preLaunchTask").GetString()!))
            .Append(Parse(".vscode/settings.json").GetProperty("azureFunctions.preDeployTask").GetString()!);
        Assert.All(named, name => Assert.Contains(name, Labels));
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

    private static IEnumerable<string> Names(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().Select(static name => name.GetString()!) : [element.GetString()!];

    private static JsonElement Parse(string path) => JsonElement.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, path)));
}
