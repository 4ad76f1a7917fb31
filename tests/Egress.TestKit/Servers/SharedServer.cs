using Xunit;

namespace Egress.TestKit.Servers;

/// <summary>Gives tests a server that all of them share in the test process, or a separate one.</summary>
/// <param name="part">Name of the server in <c>EGRESS_REQUIRE</c>.</param>
/// <param name="variable">Environment variable that names an external server.</param>
/// <param name="whyNotInstalled">Returns why the server cannot be started on this machine; null if it can.</param>
/// <param name="start">Starts a server.</param>
/// <param name="use">Connects to the external server that the value of the variable names.</param>
internal sealed class SharedServer<TServer>(
    string part, string variable, Func<string?> whyNotInstalled, Func<Task<TServer>> start, Func<string, TServer> use)
{
    private readonly Lazy<Task<TServer>> _shared = new(() => Task.Run(start));

    private string? External => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// Returns the external server or, without one, the child process that all tests share. If neither is available, the test is skipped or fails.
    /// </summary>
    internal async Task<TServer> GetAsync()
    {
        if (External is { } value)
        {
            return use(value);
        }

        RequireInstalled();
        return await _shared.Value;
    }

    /// <summary>Starts a separate server. If that is not possible, the test is skipped or fails.</summary>
    internal Task<TServer> StartOwnAsync() => StartOwnAsync(start);

    /// <summary>Starts a separate server with another start function.</summary>
    internal async Task<TServer> StartOwnAsync(Func<Task<TServer>> startOwn)
    {
        if (External is not null && whyNotInstalled() is not null)
        {
            Assert.Skip($"{part}: the external server of {variable} is not the tests' to stop, and none is installed here");
        }

        RequireInstalled();
        return await startOwn();
    }

    private void RequireInstalled()
    {
        if (whyNotInstalled() is { } reason)
        {
            Requirement.Missing(part, $"{reason}, and {variable} is not set");
        }
    }
}
