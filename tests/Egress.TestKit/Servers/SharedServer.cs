using Xunit;

namespace Egress.TestKit.Servers;

/// <summary>Gives tests a server that the whole test process shares, or a separate one.</summary>
/// <param name="part">Its name in <c>EGRESS_REQUIRE</c>.</param>
/// <param name="variable">Environment variable that points to an external server.</param>
/// <param name="whyNotInstalled">Why it cannot be started on this machine; null when it can.</param>
/// <param name="start">Starts one.</param>
/// <param name="use">Uses the external one that the variable's value describes.</param>
internal sealed class SharedServer<TServer>(
    string part, string variable, Func<string?> whyNotInstalled, Func<Task<TServer>> start, Func<string, TServer> use)
{
    private readonly Lazy<Task<TServer>> _shared = new(() => Task.Run(start));

    private string? External => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    /// <summary>The external server, or else the one that all tests share; skips or fails the test when there is neither.</summary>
    internal async Task<TServer> GetAsync()
    {
        if (External is { } value)
        {
            return use(value);
        }

        RequireInstalled();
        return await _shared.Value;
    }

    /// <summary>A separate server; skips or fails the test when none can be started.</summary>
    internal Task<TServer> StartOwnAsync() => StartOwnAsync(start);

    /// <summary>A separate server that is started in another way.</summary>
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
