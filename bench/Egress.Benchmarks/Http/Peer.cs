using System.Globalization;
using System.Net;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>A server process that creates archives of the sets.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly ChildProcess? _process;
    private readonly Func<FileSet, bool, string?> _path;

    private Peer(string name, ChildProcess? process, ProcessTree? tree, DnsEndPoint address, Func<FileSet, bool, string?> path)
    {
        Name = name;
        Address = address;
        _process = process;
        _path = path;
        TreeIfKnown = tree;
    }

    /// <summary>Name of the server in tables.</summary>
    public string Name { get; }

    /// <summary>The address at which the server listens.</summary>
    public DnsEndPoint Address { get; }

    /// <summary>The port of the server. It is on loopback if this process started the server.</summary>
    public int Port => Address.Port;

    /// <summary>The processes of the server, with their processor time and memory.</summary>
    /// <exception cref="InvalidOperationException">This process did not start the server.</exception>
    public ProcessTree Tree => TreeIfKnown ?? throw new InvalidOperationException($"The processes of {Name} are not known.");

    /// <summary>The processes of the server; null if this process did not start it.</summary>
    public ProcessTree? TreeIfKnown { get; }

    /// <summary>Starts a server.</summary>
    /// <param name="name">Name of the server in tables.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Returns the arguments for a port.</param>
    /// <param name="ready">The text that the program prints when it accepts requests.</param>
    /// <param name="path">Returns the path for a set, encrypted or not; null if the server does not support it.</param>
    /// <param name="environment">Returns the environment variables for a port.</param>
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
        return new Peer(name, process, new ProcessTree(process.Id), new DnsEndPoint("127.0.0.1", port), path);
    }

    /// <summary>Parses a server that is already running.</summary>
    /// <param name="text">
    /// <c>name=http://host:port/path</c>, in which <c>{set}</c> stands for the name of a set. <c>#id</c> at the end is the id of its process, without which its processor time and
    /// memory are not known.
    /// </param>
    /// <returns>Null if the text has another form.</returns>
    public static Peer? TryParse(string text)
    {
        var (name, address) = text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at], text[(at + 1)..]) : ("", "");
        var process = 0;
        return Uri.TryCreate(address.Replace("{set}", "a", StringComparison.Ordinal), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
            && (url.Fragment is "" || int.TryParse(url.Fragment.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out process))
            ? new Peer(name, null, process == 0 ? null : new ProcessTree(process), new DnsEndPoint(url.Host, url.Port), (set, encrypted) => encrypted ? null : PathOf(address, set))
            : null;
    }

    /// <summary>Returns the path for a set; null if this server does not support it.</summary>
    public string? PathOf(FileSet set, bool encrypted) => _path(set, encrypted);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string PathOf(string address, FileSet set) => new Uri(address.Replace("{set}", set.Name, StringComparison.Ordinal)).PathAndQuery;
}
