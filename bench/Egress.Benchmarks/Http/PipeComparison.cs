using System.Diagnostics;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Http;

/// <summary>
/// Compares downloads of set D from the server over loopback, with a plan for each download, with bsdtar, which writes the same archive to a pipe.
/// </summary>
/// <param name="workspace">The file sets and the published servers.</param>
/// <param name="rounds">Number of rounds that are counted.</param>
internal sealed class PipeComparison(Workspace workspace, int rounds)
{
    private const int DownloadsPerRound = 3;
    private const double Mega = 1e6;

    private static readonly FileSet Set = FileSet.D;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly SinkClient _client = new();
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>Measures both, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await Set.CreateAsync(workspace.Sets);
        var names = workspace["d.txt"];
        await File.WriteAllLinesAsync(names, Set.Names);
        await using var egress = await new PeerList(workspace).StartEgressAsync(server, ("MANIFEST_REUSE", "0"));
        var (ours, tar, ourProcessor, tarProcessor) = (new Samples(), new Samples(), new Samples(), new Samples());
        for (var round = -1; round < rounds; round++)
        {
            Console.Error.WriteLine($"D to a pipe, round {round + 1} of {rounds}");
            for (var download = 0; download < DownloadsPerRound; download++)
            {
                var before = egress.Tree.ProcessorSeconds;
                var result = await Task.Run(() => _client.Get(egress.Port, egress.PathOf(Set, encrypted: false)!, Set.Files, Limit));
                var used = egress.Tree.ProcessorSeconds - before;
                var (wall, processor) = await Task.Run(() => Archive(names));
                if (round >= 0)
                {
                    ours.Add(result.Duration.TotalSeconds);
                    ourProcessor.Add(used);
                    tar.Add(wall);
                    tarProcessor.Add(processor);
                }
            }
        }

        var targets = new Targets();
        targets.AtLeast("D against bsdtar to a pipe, wall time, the best of all rounds", 1.5, tar.Min / ours.Min);
        targets.AtMost("… processor time, medians", 0.6, ourProcessor.Median / tarProcessor.Median);
        var table = new MarkdownTable(Set.Title, "MB/s", "CPU-seconds a download");
        table.Add("Egress, over HTTP", ours.Per(Set.Length / Mega).ToString(), ourProcessor.ToString());
        table.Add("bsdtar, to a pipe", tar.Per(Set.Length / Mega).ToString(), tarProcessor.ToString());
        return $"{targets}\n{table}";
    }

    private (double Wall, double Processor) Archive(string names)
    {
        var before = ProcessTree.EndedChildrenSeconds;
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(
            Workspace.Require("bsdtar").Path,
            ["-c", "-f", "-", "--format", "zip", "--options", "zip:compression=store", "-C", Path.Combine(workspace.Sets, Set.Name), "-T", names])
        {
            RedirectStandardOutput = true,
        })!;
        while (process.StandardOutput.BaseStream.Read(_buffer) > 0)
        {
            // The bytes are received and dropped, as by the client of the server.
        }

        process.WaitForExit();
        return process.ExitCode == 0
            ? (Stopwatch.GetElapsedTime(start).TotalSeconds, ProcessTree.EndedChildrenSeconds - before)
            : throw new InvalidOperationException($"bsdtar ended with {process.ExitCode}.");
    }
}
