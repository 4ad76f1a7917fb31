using System.Diagnostics;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>Measures the cost of each use of an archive of a million files: planning, ranges, whole downloads, and resumed downloads.</summary>
/// <param name="workspace">Sets.</param>
/// <param name="targets">Compares the largest memory with its target.</param>
internal sealed class MillionPhases(Workspace workspace, Targets targets)
{
    private const double Mebi = 1 << 20;
    private const double MostMebi = 250;
    private const int AtOnce = 16;
    private const int RangeLength = 10_000;
    private const int EndLength = 64 << 10;

    private readonly OrderedDictionary<string, List<string>> _rows = [];

    /// <summary>Measures each build, phase by phase, and returns the table.</summary>
    /// <param name="builds">The builds. The targets apply to the first one.</param>
    public async Task<string> RunAsync(IReadOnlyList<RangeBuild> builds)
    {
        MillionFiles.Create(workspace.Sets);
        foreach (var (number, build) in builds.Index())
        {
            var records = new EgressRecords(workspace[$"million-{number}.db"]);
            await records.CreateAsync();
            await records.AddAsync(MillionFiles.Bucket, MillionFiles.Bucket, [new { prefix = "p/" }]);
            await using var server = await RangeServer.StartAsync(build, records, ("STORAGE_PATH", workspace.Sets), ("ENTRY_NAMES", "path"));
            await MeasureAsync(server);
        }

        var table = new MarkdownTable(["An archive of 1,000,000 files of 100 bytes on a disk", .. builds.SelectMany(static build => new[] { $"{build.Name}: s", "processor time, s", "peak MiB" })]);
        foreach (var (what, cells) in _rows)
        {
            table.Add([what, .. cells]);
        }

        return table.ToString();
    }

    private async Task MeasureAsync(RangeServer server)
    {
        var (client, path) = (server.Client, EgressRecords.Link(MillionFiles.Bucket));
        RangeAnswer head = null!;
        await PhaseAsync("HEAD, which plans the archive", async () => head = await client.HeadAsync(path));
        var (length, etag) = (head.Length!.Value, head.ETag!);
        await PhaseAsync("10 kB in the middle", () => client.RangeAsync(path, etag, length / 2, (length / 2) + RangeLength - 1));
        await PhaseAsync("the last 64 KiB", () => client.RangeAsync(path, etag, null, EndLength));
        await PhaseAsync("a resume in the last tenth, no checksum is known", () => client.RangeAsync(path, etag, length / 10 * 9, null));
        await PhaseAsync("the whole archive", () => client.GetAsync(path));
        if (server.Build.IsOlder)
        {
            return; // The older build would plan the archive for each range, which takes several GiB of memory.
        }

        await PhaseAsync("a resume in the last tenth, after the whole archive", () => client.RangeAsync(path, etag, length / 10 * 9, null));
        await PhaseAsync("a resume at 60 %", () => client.RangeAsync(path, etag, length / 10 * 6, null));
        await PhaseAsync("16 ranges at once, the whole archive in all", () => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(
            i => client.RangeAsync(path, etag, length * i / AtOnce, (length * (i + 1) / AtOnce) - 1))));

        async Task PhaseAsync(string what, Func<Task> run)
        {
            await using var memory = new PeakMemory(server.Tree);
            var (start, used) = (Stopwatch.GetTimestamp(), server.Tree.ProcessorSeconds);
            await run();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var (processor, peak) = (server.Tree.ProcessorSeconds - used, memory.Bytes / Mebi);
            Console.Error.WriteLine($"A million files, {server.Build.Name}, {what}: {seconds:0.00} s, {processor:0.00} s of processor time, {peak:0} MiB");
            _rows.TryAdd(what, []);
            _rows[what].AddRange([Samples.Number(seconds), Samples.Number(processor), Samples.Number(peak)]);
            if (!server.Build.IsOlder)
            {
                targets.AtMost($"A million files, {what}, peak memory", MostMebi, peak, "MiB");
            }
        }
    }
}
