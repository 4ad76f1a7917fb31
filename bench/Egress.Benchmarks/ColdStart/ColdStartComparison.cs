using System.Diagnostics;
using System.Net.Sockets;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.ColdStart;

/// <summary>Measures the time from the start of the process to the first download, with and without precompiled code.</summary>
/// <param name="workspace">The file sets and the published servers.</param>
/// <param name="rounds">How many times each build is started.</param>
internal sealed class ColdStartComparison(Workspace workspace, int rounds)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);

    private readonly SinkClient _client = new();

    /// <summary>Publishes both builds, starts them in turn, and returns the report.</summary>
    public async Task<string> RunAsync()
    {
        await FileSet.A.CreateAsync(workspace.Sets);
        var records = new EgressRecords(workspace["cold.db"]);
        await records.CreateAsync();
        await records.AddAsync(FileSet.A.Name, FileSet.A.Name, FileSet.A.Names);
        var starts = new[]
        {
            (Name: "ReadyToRun", Server: await workspace.PublishServerAsync("server"), First: new Samples(), Second: new Samples()),
            (Name: "without", Server: await workspace.PublishServerAsync("server-jit", readyToRun: false), First: new Samples(), Second: new Samples()),
        };
        for (var round = 0; round < rounds; round++)
        {
            foreach (var start in starts)
            {
                Console.Error.WriteLine($"Cold start, round {round + 1} of {rounds}: {start.Name}");
                await MeasureAsync(start.Server, records, start.First, start.Second);
            }
        }

        var table = new MarkdownTable("Cold start, ms", "process start to first byte of a download", "second download", "relative");
        foreach (var (name, _, first, second) in starts)
        {
            table.Add(name, first.ToString(), second.ToString(), $"{Samples.Number(first.Median / starts[0].First.Median)} ×");
        }

        return table.ToString();
    }

    private async Task MeasureAsync(Executable server, EgressRecords records, Samples first, Samples second)
    {
        var port = FreePort.Next();
        var run = new ExecutableRun { Arguments = [], Environment = records.Settings(port, ("STORAGE_PATH", workspace.Sets)) };
        var start = Stopwatch.GetTimestamp();
        await using var process = await ChildProcess.StartAsync(server, run);
        await WaitUntilListeningAsync(process, port, start);
        var path = EgressRecords.Link(FileSet.A.Name);
        _client.TimeToFirstByte(port, path);
        first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        second.Add(_client.TimeToFirstByte(port, path).TotalMilliseconds);
    }

    private static async Task WaitUntilListeningAsync(ChildProcess process, int port, long start)
    {
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (!process.Exited.IsCompleted && Stopwatch.GetElapsedTime(start) < StartLimit)
            {
                await Task.Delay(Poll);
            }
        }
    }
}
