using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>Measures how much memory a server needs for slow clients.</summary>
/// <param name="workspace">The file sets and the published servers.</param>
/// <param name="names">Names of the servers to compare with Egress. Only libraries are compared.</param>
internal sealed class SlowComparison(Workspace workspace, IReadOnlyCollection<string> names)
{
    private const double Kibi = 1 << 10;
    private const double Mebi = 1 << 20;

    /// <summary>How many times the server is started for one measurement, because its memory differs from start to start.</summary>
    private const int Starts = 5;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    private readonly PeerList _list = new(workspace);
    private readonly SinkClient _client = new();

    /// <summary>Measures the memory, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        foreach (var set in FileSet.All)
        {
            await set.CreateAsync(workspace.Sets);
        }

        var targets = new Targets();
        var table = new MarkdownTable("Slow clients", "clients", "KiB/s each", "idle, MiB", "peak, MiB", "KiB a download");
        targets.AtMost("Slow STORE downloads, memory each", 384, await MeasureAsync(table, () => StartAsync(server), FileSet.B, 200, 256), "KiB");
        targets.AtMost("Slow Deflate downloads, memory each", 640, await MeasureAsync(table, () => StartAsync(server), FileSet.C, 200, 64), "KiB");
        var peak = 0.0;
        for (var start = 0; start < Starts; start++)
        {
            await MeasureAsync(table, () => StartAsync(server), FileSet.D, 20, 256, bytes => peak = Math.Max(peak, bytes));
        }

        targets.AtMost($"D with 20 slow clients, memory in all, the largest of {Starts} starts", 150, peak / Mebi, "MiB");
        await MeasureAsync(table, () => StartAsync(server), FileSet.B, 50, 1024);
        foreach (var name in names.Intersect([.. PeerList.Node, PeerList.Python]))
        {
            await MeasureAsync(table, () => _list.StartAsync(name), FileSet.B, 50, 1024);
        }

        return $"{targets}\n{table}";
    }

    private async Task<Peer?> StartAsync(Executable server) => await _list.StartEgressAsync(server);

    /// <summary>Measures a newly started server, after one download.</summary>
    /// <returns>KiB per download; NaN if the server is not installed.</returns>
    private async Task<double> MeasureAsync(
        MarkdownTable table, Func<Task<Peer?>> start, FileSet set, int clients, int kibPerSecond, Action<double>? peakIs = null)
    {
        await using var peer = await start();
        if (peer is null)
        {
            return double.NaN;
        }

        Console.Error.WriteLine($"{clients} slow clients, {set.Title}: {peer.Name}");
        var path = peer.PathOf(set, encrypted: false)!;
        _client.Get(peer.Port, peer.PathOf(FileSet.A, encrypted: false)!, FileSet.A.Files, TimeSpan.FromMinutes(1));
        var idle = peer.Tree.ResidentBytes;
        await using var memory = new PeakMemory(peer.Tree);
        await SlowClients.HoldAsync(peer.Port, path, clients, kibPerSecond << 10, Duration);
        var each = (memory.Bytes - idle) / Kibi / clients;
        peakIs?.Invoke(memory.Bytes);
        table.Add(
            $"{peer.Name}, set {set.Name.ToUpperInvariant()}",
            Samples.Number(clients),
            Samples.Number(kibPerSecond),
            Samples.Number(idle / Mebi),
            Samples.Number(memory.Bytes / Mebi),
            Samples.Number(each));
        return each;
    }
}
