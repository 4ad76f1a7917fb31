using System.CommandLine;
using System.Diagnostics;
using Egress.Benchmarks.ColdStart;
using Egress.Benchmarks.Engine;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Remote;
using Egress.Benchmarks.Report;
using Egress.Benchmarks.SmallObjects;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Commands;

/// <summary>The command line, in addition to that of BenchmarkDotNet.</summary>
internal static class BenchmarkCommands
{
    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds that are counted.", DefaultValueFactory = _ => 3, Recursive = true };

    private static readonly Option<string?> Page = new("--page")
    {
        Description = "Page whose marked blocks are replaced, as docs/benchmarks.md.",
        Recursive = true,
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "Folder for sets, built servers and databases: 5 GiB.",
        DefaultValueFactory = _ => Path.Combine(RepositoryRoot.Path, "artifacts", "bench"),
        Recursive = true,
    };

    private static readonly Option<string[]> Sets = new("--sets")
    {
        Description = "Sets to download; + stands for encrypted.",
        DefaultValueFactory = _ => ["a", "b", "d", "c", "a+", "b+"],
        AllowMultipleArgumentsPerToken = true,
        Recursive = true,
    };

    private static readonly Option<string[]> Peers = new("--peers")
    {
        Description = "Peers in addition to Egress.",
        DefaultValueFactory = _ => [.. PeerList.Others],
        AllowMultipleArgumentsPerToken = true,
        Recursive = true,
    };

    private static readonly Option<string?> Baseline = new("--baseline")
    {
        Description = "Folder of an older published Egress.Server, which is measured in turn with this one.",
        Recursive = true,
    };

    private static readonly Measurement[] Measurements =
    [
        new("engine", "The ZIP engine against libraries, by processor time.", static run => Task.FromResult(new EngineComparison(run.Rounds).Run())),
        new("http", "Downloads over loopback against what users would pick instead.", static async run =>
            await new HttpComparison(run.Workspace, run.Rounds, run.Peers).RunAsync(await run.Server.Value, run.Sets)),
        new("slow", "Memory for clients that read slowly.", static async run =>
            await new SlowComparison(run.Workspace, run.Peers).RunAsync(await run.Server.Value)),
        new("remote", "A storage that is far away, simulated.", static async run =>
            await new RemoteComparison(run.Workspace, run.Rounds).RunAsync(await run.Server.Value)),
        new("small-objects", "Processor time of small objects of a remote storage.", static async run =>
            await new SmallObjectComparison(run.Workspace, run.Rounds, run.Baseline).RunAsync(await run.Server.Value)),
        new("cold-start", "From the start of the process to the first download.", static run =>
            new ColdStartComparison(run.Workspace, run.Rounds).RunAsync()),
    ];

    public static RootCommand Create()
    {
        var root = new RootCommand("Measures Egress side by side with what could be used instead. Options alone are BenchmarkDotNet's.")
        {
            Rounds,
            Page,
            Data,
            Sets,
            Peers,
            Baseline,
            Command("all", "Everything below, and the machine.", Measurements),
        };
        foreach (var measurement in Measurements)
        {
            root.Add(Command(measurement.Name, measurement.Description, [measurement]));
        }

        foreach (var helper in HelperCommands.All())
        {
            root.Add(helper);
        }

        return root;
    }

    private static Command Command(string name, string description, Measurement[] measurements)
    {
        var command = new Command(name, description);
        command.SetAction(async (result, _) =>
        {
            var start = Stopwatch.GetTimestamp();
            var page = new BenchmarkPage(result.GetValue(Page));
            await page.WriteAsync("machine", await Machine.DescribeAsync());
            var run = new BenchmarkRun(
                new Workspace(result.GetRequiredValue(Data)),
                result.GetValue(Rounds),
                result.GetRequiredValue(Sets),
                result.GetRequiredValue(Peers),
                result.GetValue(Baseline) is { } folder ? new Executable(Path.Combine(folder, "Egress.Server")) : null);
            foreach (var measurement in measurements)
            {
                await page.WriteAsync(measurement.Name, await measurement.RunAsync(run));
            }

            Console.Error.WriteLine($"This took {Stopwatch.GetElapsedTime(start):mm\\:ss}.");
        });
        return command;
    }

    private sealed record BenchmarkRun(Workspace Workspace, int Rounds, string[] Sets, string[] Peers, Executable? Baseline)
    {
        /// <summary>The server, published once for all measurements.</summary>
        public Lazy<Task<Executable>> Server { get; } = new(() => Workspace.PublishServerAsync("server"));
    }

    private sealed record Measurement(string Name, string Description, Func<BenchmarkRun, Task<string>> RunAsync);
}
