using System.Collections.Concurrent;
using System.Text.Json;
using Egress.TestKit.Processes;

namespace Egress.TestKit.Deployment;

/// <summary>The Bicep compiler from NuGet, which tests/install-servers.sh installs into artifacts/tools.</summary>
public static class BicepCompiler
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<IReadOnlyList<JsonElement>>>> Predictions = [];

    /// <summary>Path of the main template.</summary>
    public static string Template { get; } = Path.Combine(RepositoryRoot.Path, "infra", "bicep", "main.bicep");

    /// <summary>Runs the compiler. If it is not installed, the test is skipped or fails.</summary>
    public static Task<ExecutableResult> RunAsync(params IEnumerable<string> arguments) => Find().RunAsync(arguments);

    /// <summary>
    /// Returns the resources that a deployment with the environment name <c>test</c> would create. Expressions that only Azure can evaluate remain as
    /// text in brackets.
    /// </summary>
    /// <param name="parameters">Lines of a <c>.bicepparam</c> file.</param>
    /// <returns>The resources, including those of modules.</returns>
    public static Task<IReadOnlyList<JsonElement>> PredictAsync(string parameters = "") =>
        Predictions.GetOrAdd(parameters, static key => new(() => EvaluateAsync(key))).Value;

    private static async Task<IReadOnlyList<JsonElement>> EvaluateAsync(string parameters)
    {
        await using var folder = new TempFolder();
        var file = folder["main.bicepparam"];
        var template = Path.GetRelativePath(folder.Path, Template);
        await File.WriteAllLinesAsync(
            file,
            [$"using '{template}'", "param environmentName = 'test'", "param location = 'westeurope'", "param signingSecret = ''", "param callbackSigningSecret = ''", parameters]);
        var result = await RunAsync(
            "snapshot", file, "--tenant-id", Id(1), "--subscription-id", Id(2), "--resource-group", "rg", "--location", "westeurope", "--deployment-name", "d");
        result.EnsureSuccess();
        var snapshot = JsonElement.Parse(await File.ReadAllBytesAsync(folder["main.snapshot.json"]));
        return [.. snapshot.GetProperty("predictedResources").EnumerateArray()];
    }

    private static string Id(int number) => new Guid(number, 0, 0, new byte[8]).ToString();

    private static Executable Find()
    {
        var tools = Path.Combine(RepositoryRoot.Path, "artifacts", "tools");
        var path = Directory.Exists(tools)
            ? Directory.EnumerateFiles(tools, "bicep*", SearchOption.AllDirectories).SingleOrDefault(file => Path.GetFileName(file) is "bicep" or "bicep.exe")
            : null;
        if (path is null)
        {
            Requirement.Missing("bicep", "the compiler is not installed (tests/install-servers.sh does that)");
        }

        return new Executable(path);
    }
}
