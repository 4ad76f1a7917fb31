using System.Runtime.InteropServices;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>The folder with the file sets, the published servers and the installed peers.</summary>
/// <param name="root">The folder, which is created if it does not exist.</param>
internal sealed class Workspace(string root)
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(10);

    private readonly string _root = Directory.CreateDirectory(root).FullName;

    /// <summary>Parent folder of the sets.</summary>
    public string Sets => Path.Combine(_root, "sets");

    /// <summary>Folder with the sources of the peers in other languages.</summary>
    public static string Peers => Path.Combine(RepositoryRoot.Path, "bench", "peers");

    /// <summary>Returns a path inside the folder.</summary>
    public string this[string relativePath] => Path.Combine(_root, relativePath);

    /// <summary>Finds an installed program.</summary>
    /// <exception cref="InvalidOperationException">The program is not installed.</exception>
    public static Executable Require(string name) =>
        Executable.Find(name) ?? throw new InvalidOperationException($"The program '{name}' is not installed.");

    /// <summary>Publishes the server for this system, in the same way as <c>Dockerfile</c> does for containers.</summary>
    /// <param name="name">The target folder.</param>
    /// <param name="readyToRun">Whether the code is precompiled, as in the container image.</param>
    /// <returns>The program of the server.</returns>
    public async Task<Executable> PublishServerAsync(string name, bool readyToRun = true)
    {
        Console.Error.WriteLine($"Publishing Egress.Server {(readyToRun ? "with" : "without")} ReadyToRun");
        var folder = this[name];
        var project = Path.Combine(RepositoryRoot.Path, "src/Egress.Server");
        await RunAsync(
            "dotnet",
            RepositoryRoot.Path,
            [
                "publish", project, "-c", "Release", "-o", folder, "-r", RuntimeInformation.RuntimeIdentifier, "--no-self-contained",
                $"-p:PublishReadyToRun={readyToRun}", "--nologo", "-v", "q", "-nodeReuse:false",
            ]);
        return new Executable(Path.Combine(folder, "Egress.Server"));
    }

    /// <summary>Installs the packages of the Node.js peers, unless they are installed.</summary>
    public static async Task InstallPeersAsync()
    {
        if (!Directory.Exists(Path.Combine(Peers, "node_modules")))
        {
            Console.Error.WriteLine("Installing the peers of Node.js");
            await RunAsync("npm", Peers, ["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        }
    }

    private static async Task RunAsync(string program, string folder, string[] arguments) =>
        (await Require(program).RunAsync(new ExecutableRun { Arguments = arguments, WorkingDirectory = folder, Limit = BuildLimit })).EnsureSuccess();
}
