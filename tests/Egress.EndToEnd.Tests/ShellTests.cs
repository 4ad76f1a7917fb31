using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>
/// Tests that environment variables of the developer's shell do not change the tests. The class changes the environment of the whole process.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class ShellTests
{
    [Fact]
    public async Task Settings_of_the_shell_that_runs_the_tests_do_not_reach_the_server()
    {
        // A variable AWS_… would turn the embedded default off, and the server would not start without further settings.
        string[] names = ["AWS_SOMETHING", "LINK_LIFETIME"];
        SetAll("77h");
        try
        {
            await using var server = await EgressServer.StartAsync();
            Assert.DoesNotContain("77h", (await server.RunAsync("settings")).EnsureSuccess().Output, StringComparison.Ordinal);
        }
        finally
        {
            SetAll(null);
        }

        void SetAll(string? value) => Array.ForEach(names, name => Environment.SetEnvironmentVariable(name, value));
    }
}
