using Egress.TestKit.Processes;

namespace Egress.TestKit.Functions;

/// <summary>Publishes the Functions app once for all tests of a run.</summary>
public static class PublishedApp
{
    /// <summary>Environment variable with the folder of an app that is already published. <c>test.sh</c> sets it.</summary>
    public const string Variable = "EGRESS_TEST_FUNCTIONS_APP";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    private static readonly Lazy<Task<string>> Published = new(PublishAsync);

    /// <summary>Returns the folder of the published app. Without <see cref="Variable"/>, the first call publishes it.</summary>
    public static Task<string> GetAsync() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? Task.FromResult(Path.GetFullPath(folder)) : Published.Value;

    private static async Task<string> PublishAsync()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "artifacts", "functions-app");
        (await Executable.Require("dotnet").RunAsync(new ExecutableRun
        {
            Arguments =
                ["publish", "src/Egress.Functions", "--configuration", "Release", "--use-current-runtime", "--output", folder, "-v", "q", "-nodeReuse:false"],
            WorkingDirectory = RepositoryRoot.Path,
            Limit = Limit,
        })).EnsureSuccess();
        return folder;
    }
}
