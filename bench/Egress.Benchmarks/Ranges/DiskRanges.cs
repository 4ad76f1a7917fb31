using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>Measures ranges of an archive whose files are on a disk.</summary>
/// <param name="workspace">Sets and databases.</param>
/// <param name="rounds">Rounds that are counted.</param>
/// <param name="targets">Compares the measured values with the targets.</param>
internal sealed class DiskRanges(Workspace workspace, int rounds, Targets targets)
{
    private const int Count = 10_000;
    private const int RangeLength = 1000;
    private const string Range = "a range of 1,000 bytes";

    /// <summary>Measures the builds in turn, and returns the table.</summary>
    /// <param name="builds">The builds. The targets apply to the first one.</param>
    public async Task<string> RunAsync(IReadOnlyList<RangeBuild> builds)
    {
        await FileSet.D.CreateAsync(workspace.Sets);
        await using var servers = new RangeServers();
        foreach (var build in builds)
        {
            var records = new EgressRecords(workspace[$"ranges-disk-{servers.All.Count}.db"]);
            await records.CreateAsync();
            await records.AddAsync(FileSet.D.Name, FileSet.D.Name, FileSet.D.Names.Take(Count));
            await servers.StartAsync(build, records, ("STORAGE_PATH", workspace.Sets));
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in servers.All)
            {
                Console.Error.WriteLine($"Ranges of a disk, {server.Build.Name}, round {round + 1} of {rounds}");
                await MeasureAsync(server);
            }
        }

        targets.AtMost("A range of a disk, the archive is planned, median first byte", 3, servers.All[0].Costs[Range].FirstByte.Median, "ms");
        return servers.Table($"{Count.ToString("N0", CultureInfo.InvariantCulture)} files of 4 KiB on a disk");
    }

    private static async Task MeasureAsync(RangeServer server)
    {
        var (path, repetitions) = (EgressRecords.Link(FileSet.D.Name), server.Build.IsOlder ? 5 : 200);
        var head = await server.Client.HeadAsync(path);
        await server.MeasureAsync(Range, repetitions, requests: null, i =>
        {
            var from = RangeServer.StartOf(i, repetitions, head.Length!.Value);
            return server.Client.RangeAsync(path, head.ETag, from, from + RangeLength - 1);
        });
    }
}
