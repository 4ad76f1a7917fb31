using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>A server that makes archives of the sets, as its own process.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly ChildProcess _process;
    private readonly Func<FileSet, bool, string?> _path;

    private Peer(string name, ChildProcess process, int port, Func<FileSet, bool, string?> path)
    {
        Name = name;
        Port = port;
        _process = process;
        _path = path;
        Tree = new ProcessTree(process.Id);
    }

    /// <summary>What it is called in tables.</summary>
    public string Name { get; }

    /// <summary>Its port on loopback.</summary>
    public int Port { get; }

    /// <summary>What it uses.</summary>
    public ProcessTree Tree { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="name">What it is called in tables.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, by port.</param>
    /// <param name="ready">What it writes when it can be asked.</param>
    /// <param name="path">The path of a set, encrypted or not; null where it has none.</param>
    /// <param name="environment">Environment variables, by port.</param>
    public static async Task<Peer> StartAsync(
        string name,
        Executable program,
        Func<int, string[]> arguments,
        string ready,
        Func<FileSet, bool, string?> path,
        Func<int, Dictionary<string, string?>>? environment = null)
    {
        var port = FreePort.Next();
        var process = await ChildProcess.StartAsync(program, new ExecutableRun
        {
            Arguments = arguments(port),
            Environment = environment?.Invoke(port) ?? [],
        });
        await process.WaitForLineAsync(ready, StartLimit);
        return new Peer(name, process, port, path);
    }

    /// <summary>The path; null where this peer cannot do that.</summary>
    public string? PathOf(FileSet set, bool encrypted) => _path(set, encrypted);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
