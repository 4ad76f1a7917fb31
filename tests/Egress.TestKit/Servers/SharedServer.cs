using Xunit;

namespace Egress.TestKit.Servers;

/// <summary>Gives tests a server that the whole test process shares, or a separate one.</summary>
/// <param name="part">Its name in <c>EGRESS_REQUIRE</c>.</param>
/// <param name="variable">Environment variable that points to an external server.</param>
/// <param name="whyNotInstalled">Returns why the server cannot be started on this machine; null if it can.</param>
/// <param name="start">Starts a server.</param>
/// <param name="use">Connects to the external server that the variable's value describes.</param>
internal sealed class SharedServer<TServer>(
    string part, string variable, Func<string?> whyNotInstalled, Func<Task<TServer>> start, Func<string, TServer> use)
{
    private readonly Lazy<Task<TServer>> _shared = new(() => Task.Run(start));

    private string? External => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>
    /// Returns the external server or, without one, the server that all tests share. Skips or fails the test if neither is available.
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

    /// <summary>Starts a separate server. Skips or fails the test if none can be started.</summary>
    internal Task<TServer> StartOwnAsync() => StartOwnAsync(start);

    /// <summary>Starts a separate server in another way.</summary>
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
