using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Requests;

/// <summary>Measures the cost of a request: the archive of one small file compared with constant bytes, and the time to the first byte of set A.</summary>
/// <param name="workspace">The file sets and the published servers.</param>
/// <param name="rounds">Number of rounds that are counted.</param>
/// <param name="baseline">An older build of the server, which is measured in turn; null for none.</param>
internal sealed class RequestComparison(Workspace workspace, int rounds, Executable? baseline)
{
    private const string Hello = "Kestrel, bytes that are ready";
    private const string Id = "one";
    private const int RequestsPerRun = 200;
    private const int FirstBytes = 40;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly SinkClient _client = new();
    private readonly Targets _targets = new();

    /// <summary>Measures the requests, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await FileSet.A.CreateAsync(workspace.Sets);
        await FileSet.D.CreateAsync(workspace.Sets);
        return $"{await CompareAsync(server)}\n{await FirstByteAsync(server)}\n{_targets}";
    }

    private async Task<string> CompareAsync(Executable server)
    {
        var peers = new List<Peer>();
        try
        {
            var jobs = new List<CostJob>();
            foreach (var (store, settings) in await RequestStores.StartAsync(workspace, FileSet.D.Name, [new StoredRecord(Id, FileSet.D.Names.Take(1))]))
            {
                peers.Add(await StartAsync($"Egress, records in {store}", server, settings));
                jobs.Add(Job(peers[^1], EgressRecords.Link(Id)));
            }

            var hello = await Peer.StartAsync(
                Hello, Workspace.Require("dotnet"), port => [typeof(Peer).Assembly.Location, "serve-hello", port.ToString(CultureInfo.InvariantCulture)], "listening",
                static (_, _) => null);
            peers.Add(hello);
            jobs.Insert(1, Job(hello, "/"));
            if (baseline is not null)
            {
                peers.Add(await StartAsync("Egress, the older build, records in SQLite", baseline, ("DB_URL", $"sqlite://{workspace["requests.db"]}")));
                jobs.Add(Job(peers[^1], EgressRecords.Link(Id)));
            }

            await CostJob.MeasureInTurnAsync(jobs, rounds);
            _targets.AtMost("Archive of one small file, records in SQLite, processor time against Kestrel", 1.8, jobs[0].RatioTo(jobs[1]));
            foreach (var job in jobs.Where(static job => job.Name.EndsWith("PostgreSQL", StringComparison.Ordinal) || job.Name.EndsWith("Redis", StringComparison.Ordinal)))
            {
                _targets.AtMost($"… {job.Name}", 2.5, job.RatioTo(jobs[1]));
            }

            return CostJob.Table("Archive of one file of 4 KiB, a connection each", jobs, RequestsPerRun);
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }
    }

    private CostJob Job(Peer peer, string path) => new(peer.Name, peer.Tree, () => Task.Run(() =>
    {
        for (var request = 0; request < RequestsPerRun; request++)
        {
            _client.Get(peer.Port, path, 1, Limit);
        }
    }));

    private async Task<string> FirstByteAsync(Executable server)
    {
        var table = new MarkdownTable("First byte of A, ms", "median", "smallest", "largest");
        var planned = await FirstByteAsync(table, "planned for the request", server, ("MANIFEST_REUSE", "0"));
        var warm = await FirstByteAsync(table, "with a warm manifest", server, ("MANIFEST_REUSE", "1h"));
        _targets.AtMost("First byte of A, planned for the request, median", 3, planned, "ms");
        _targets.AtMost("First byte of A, with a warm manifest, median", 1, warm, "ms");
        return table.ToString();
    }

    private async Task<double> FirstByteAsync(MarkdownTable table, string name, Executable server, params (string, string)[] settings)
    {
        var records = new EgressRecords(workspace["first-byte.db"]);
        await records.CreateAsync();
        await records.AddAsync(FileSet.A.Name, FileSet.A.Name, FileSet.A.Names);
        await using var peer = await Peer.StartAsync(
            name, server, static _ => [], "Egress listens on port", static (_, _) => null,
            port => records.Settings(port, [("STORAGE_PATH", workspace.Sets), .. settings]));
        var times = new Samples();
        for (var request = -FirstBytes; request < FirstBytes * rounds; request++)
        {
            var time = await Task.Run(() => _client.TimeToFirstByte(peer.Port, EgressRecords.Link(FileSet.A.Name)));
            if (request >= 0)
            {
                times.Add(time.TotalMilliseconds);
            }
        }

        table.Add(name, Samples.Number(times.Median), Samples.Number(times.Min), Samples.Number(times.Max));
        return times.Median;
    }

    private Task<Peer> StartAsync(string name, Executable server, params (string Name, string Value)[] settings) => Peer.StartAsync(
        name, server, static _ => [], "Egress listens on port", static (_, _) => null,
        port => new EgressRecords(workspace[$"requests-{port}"]).Settings(port, [("STORAGE_PATH", workspace.Sets), .. settings]));
}
