using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.Benchmarks.Requests;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Growth;

/// <summary>How the cost of finding and planning a record grows with its objects, by the store of the records. The objects have declared sizes, so that none is looked up.</summary>
/// <param name="workspace">Built servers.</param>
/// <param name="pictures">Folder for the picture; null for none.</param>
internal sealed class RecordStoreGrowth(Workspace workspace, string? pictures)
{
    private static readonly int[] Counts = [1, 100, 10_000, 100_000];

    /// <summary>Processor seconds of the server before it is measured: it compiles its code in several steps.</summary>
    private const double WarmUp = 6;

    /// <summary>Processor seconds of the server that are measured. They are counted in hundredths.</summary>
    private const double Measured = 1;

    private readonly SinkClient _client = new();

    /// <summary>Measures and returns a table.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        var stores = await RequestStores.StartAsync(workspace, FileSet.D.Name, [.. Counts.Select(static count => new StoredRecord(Id(count), Objects(count)))]);
        var chart = new Chart("Processor time of a HEAD by the objects of its record", "objects", "ms");
        var costs = new List<double[]>();
        foreach (var (name, settings) in stores)
        {
            Console.Error.WriteLine($"Records in {name}");
            await using var peer = await Peer.StartAsync(
                name, server, static _ => [], "Egress listens on port", static (_, _) => null,
                port => new EgressRecords(workspace[$"records-{port}"]).Settings(port, [("STORAGE_PATH", workspace.Sets), ("MANIFEST_REUSE", "0"), .. settings]));
            Measure(peer, 100, WarmUp);
            costs.Add([.. Counts.Select(count => Measure(peer, count, Measured))]);
            chart.Add(name, Counts.Zip(costs[^1], static (count, cost) => ((double)count, cost)));
        }

        await chart.SaveAsync(pictures, "records.svg");
        var table = new MarkdownTable(["Objects of the record, CPU-ms of a HEAD", .. stores.Select(static store => store.Name)]);
        for (var i = 0; i < Counts.Length; i++)
        {
            table.Add([Counts[i].ToString("N0", CultureInfo.InvariantCulture), .. costs.Select(cost => Samples.Number(cost[i]))]);
        }

        return table.ToString();
    }

    /// <returns>Processor time of one request, in milliseconds.</returns>
    private double Measure(Peer peer, int count, double seconds)
    {
        var (start, used, requests) = (peer.Tree.ProcessorSeconds, 0.0, 0);
        for (; used < seconds; used = peer.Tree.ProcessorSeconds - start)
        {
            _client.Head(peer.Port, EgressRecords.Link(Id(count)));
            requests++;
        }

        return used * 1000 / requests;
    }

    private static string Id(int count) => string.Create(CultureInfo.InvariantCulture, $"objects-{count}");

    private static IEnumerable<object> Objects(int count) => Enumerable.Range(0, count).Select(static i => new
    {
        key = string.Create(CultureInfo.InvariantCulture, $"{i / 1000:000}/{i:0000000}.png"),
        size = 4096,
    });
}
