using Egress.TestKit.Processes;

namespace Egress.TestKit.Servers;

/// <summary>The servers of tests/servers/package.json, which test.sh installs into artifacts/test-servers.</summary>
internal static class NodeServers
{
    /// <summary>Returns the absolute path of a script of an installed package; null if it is not installed.</summary>
    internal static string? FindScript(string relativePath)
    {
        string? root = RepositoryRoot.Find();
        string? path = root is null ? null : Path.Combine(root, "artifacts", "test-servers", "node_modules", relativePath);
        return File.Exists(path) ? path : null;
    }

    /// <summary>Returns why a script cannot be run; null if it can be run.</summary>
    internal static string? WhyNotInstalled(string relativePath) =>
        Executable.Find("node") is null ? "Node.js is not installed"
        : FindScript(relativePath) is null ? "it is not installed (tests/install-servers.sh does that)"
        : null;

    /// <summary>Starts a script with its data folder as working directory.</summary>
    internal static Task<ChildProcess> StartAsync(
        string script, TempFolder folder, string[] arguments, Dictionary<string, string?> environment) =>
        ChildProcess.StartAsync(Executable.Require("node"), new ExecutableRun
        {
            Arguments = [FindScript(script)!, .. arguments],
            WorkingDirectory = folder.Path,
            Environment = environment,
        });
}
