using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.Benchmarks.SmallObjects;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Profile;

/// <summary>Measures in which code the server spends its processor time, for the downloads whose processor time has a target.</summary>
/// <param name="workspace">Sets and built servers.</param>
internal sealed class ProfileComparison(Workspace workspace)
{
    private const string One = "one";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Processor seconds of the server before it is sampled: it compiles its code in several steps.</summary>
    private const double WarmUp = 18;

    /// <summary>Processor seconds of the server that are sampled.</summary>
    private const double Sampled = 6;

    private readonly SinkClient _client = new();
    private readonly List<(string Name, Dictionary<string, double> Shares)> _profiles = [];

    /// <summary>Measures and returns the report; null if <c>perf</c> is not installed.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string?> RunAsync(Executable server)
    {
        if (Executable.Find("perf") is not { } perf)
        {
            return null;
        }

        await FileSet.A.CreateAsync(workspace.Sets);
        await FileSet.D.CreateAsync(workspace.Sets);
        var port = FreePort.Next();
        await using var storage = await Peer.StartAsync(
            "storage", Workspace.Require("dotnet"), _ => [typeof(Peer).Assembly.Location, "serve-objects", port.ToString(CultureInfo.InvariantCulture)], "listening", static (_, _) => null);
        (string, string)[] remote = [("S3_ENDPOINT", $"http://127.0.0.1:{port}"), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret")];
        (string, string)[] local = [("STORAGE_PATH", workspace.Sets), ("MANIFEST_REUSE", "0")];
        await ProfileAsync(perf, server, remote, "64 KiB from S3", peer => Get(peer, SmallObjectSets.Middle.Name, SmallObjectSets.Middle.Keys.Count));
        await ProfileAsync(perf, server, remote, "4 KiB from S3", peer => Get(peer, SmallObjectSets.Small.Name, SmallObjectSets.Small.Keys.Count));
        await ProfileAsync(perf, server, remote, "1 GiB from S3", peer => Get(peer, SmallObjectSets.Large.Name, 1));
        await ProfileAsync(perf, server, local[..1], "one small file", peer => Get(peer, One, 1));
        await ProfileAsync(perf, server, local, "first byte of A", peer => _client.TimeToFirstByte(peer.Port, EgressRecords.Link(FileSet.A.Name)));
        await ProfileAsync(perf, server, local[..1], "…, warm", peer => _client.TimeToFirstByte(peer.Port, EgressRecords.Link(FileSet.A.Name)));
        await ProfileAsync(perf, server, local, "set D", peer => Get(peer, FileSet.D.Name, FileSet.D.Files));
        return Table();
    }

    private void Get(Peer peer, string id, int entries) => _client.Get(peer.Port, EgressRecords.Link(id), entries, Limit);

    private async Task ProfileAsync(Executable perf, Executable server, (string Name, string Value)[] settings, string name, Action<Peer> run)
    {
        Console.Error.WriteLine($"Profile: {name}");
        var records = new EgressRecords(workspace["profile.db"]);
        await records.CreateAsync();
        foreach (var bucket in SmallObjectSets.Served)
        {
            await records.AddAsync(bucket.Name, bucket.Name, bucket.Keys);
        }

        await records.AddAsync(One, FileSet.D.Name, FileSet.D.Names.Take(1));
        await records.AddAsync(FileSet.A.Name, FileSet.A.Name, FileSet.A.Names);
        await records.AddAsync(FileSet.D.Name, FileSet.D.Name, FileSet.D.Names);
        await using var peer = await Peer.StartAsync(
            name, server, static _ => [], "Egress listens on port", static (_, _) => null, port => records.Settings(port, [.. settings, .. PerfRecorder.Environment]));
        await RepeatAsync(peer, WarmUp, run);
        var stacks = await PerfRecorder.RecordAsync(perf, peer.Tree.Id, () => RepeatAsync(peer, Sampled, run));
        _profiles.Add((name, stacks.CountBy(CostCategory.Of).ToDictionary(static it => it.Key, it => 100.0 * it.Value / stacks.Count)));
    }

    private static Task RepeatAsync(Peer peer, double seconds, Action<Peer> run) => Task.Run(() =>
    {
        for (var end = peer.Tree.ProcessorSeconds + seconds; peer.Tree.ProcessorSeconds < end;)
        {
            run(peer);
        }
    });

    private string Table()
    {
        var table = new MarkdownTable(["Share of processor time, %", .. _profiles.Select(static it => it.Name)]);
        foreach (var category in CostCategory.All)
        {
            var shares = _profiles.Select(it => it.Shares.GetValueOrDefault(category)).ToList();
            if (shares.Max() >= 1)
            {
                table.Add([category, .. shares.Select(static share => share.ToString("0", CultureInfo.InvariantCulture))]);
            }
        }

        return table.ToString();
    }
}
