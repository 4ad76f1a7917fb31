using System.CommandLine;
using System.Diagnostics;
using Egress.Benchmarks.ColdStart;
using Egress.Benchmarks.Engine;
using Egress.Benchmarks.Growth;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Profile;
using Egress.Benchmarks.Ranges;
using Egress.Benchmarks.Remote;
using Egress.Benchmarks.Report;
using Egress.Benchmarks.Requests;
using Egress.Benchmarks.SmallObjects;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Commands;

/// <summary>The commands of this program. Its other command lines are those of BenchmarkDotNet.</summary>
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

    private static readonly Option<string[]> Running = new("--peer")
    {
        Description = "Another server that runs already, as name=http://host:port/path; {set} stands for the set, and #id at the end is the id of its process. 'http' measures it in turn with the others.",
        DefaultValueFactory = _ => [],
        Validators =
        {
            static result =>
            {
                foreach (var token in result.Tokens.Where(static token => Peer.TryParse(token.Value) is null))
                {
                    result.AddError($"'{token.Value}' is not a peer; allowed: name=http://host:port/path, in which {{set}} stands for a, b, c or d.");
                }
            },
        },
        Recursive = true,
    };

    private static readonly Option<string?> Published = new("--server")
    {
        Description = "Folder of a published Egress.Server to measure; otherwise the source is published.",
        Recursive = true,
    };

    private static readonly Option<string?> Baseline = new("--baseline")
    {
        Description = "Folder of an older published Egress.Server, which is measured in turn with this one.",
        Recursive = true,
    };

    private static readonly Option<string?> Pictures = new("--pictures")
    {
        Description = "Folder for the pictures of 'growth' and 'records', as docs/benchmarks.",
        Recursive = true,
    };

    private static readonly Measurement[] Measurements =
    [
        new("engine", "The ZIP engine against libraries, by processor time.", static run => Task.FromResult<string?>(new EngineComparison(run.Rounds).Run())),
        new("http", "Downloads over loopback against what users would pick instead.", static async run =>
            await new HttpComparison(run.Workspace, run.Rounds, run.Peers, run.Running).RunAsync(await run.Server.Value, run.Sets)),
        new("others", "Set A from servers that are already running (--peer).", static async run => run.Running.Length == 0
            ? null
            : await new HttpComparison(run.Workspace, run.Rounds, [], run.Running).RunAsync(await run.Server.Value, [FileSet.A.Name])),
        new("slow", "Memory for clients that read slowly.", static async run =>
            await new SlowComparison(run.Workspace, run.Peers).RunAsync(await run.Server.Value)),
        new("remote", "A storage that is far away, simulated.", static async run =>
            await new RemoteComparison(run.Workspace, run.Rounds).RunAsync(await run.Server.Value)),
        new("latency", "Declared sizes, many small objects, and a storage that is faster than the client.", static async run =>
            await new LatencyComparison(run.Workspace, run.Rounds).RunAsync(await run.Server.Value)),
        new("small-objects", "Processor time of small objects of a remote storage.", static async run =>
            await new SmallObjectComparison(run.Workspace, run.Rounds, run.Baseline).RunAsync(await run.Server.Value)),
        new("requests", "What one request costs, and its first byte.", static async run =>
            await new RequestComparison(run.Workspace, run.Rounds, run.Baseline).RunAsync(await run.Server.Value)),
        new("pipe", "Set D against bsdtar that writes to a pipe.", static async run =>
            await new PipeComparison(run.Workspace, run.Rounds).RunAsync(await run.Server.Value)),
        new("profile", "What the server spends its processor time on. Needs perf.", static async run =>
            await new ProfileComparison(run.Workspace).RunAsync(await run.Server.Value)),
        new("growth", "How cost grows with entries, clients and sizes, as tables and pictures.", static async run =>
            await new GrowthComparison(run.Workspace, run.Pictures).RunAsync(await run.Server.Value)),
        new("records", "How the cost of a record grows with its objects, by store, as a table and a picture.", static async run =>
            await new RecordStoreGrowth(run.Workspace, run.Pictures).RunAsync(await run.Server.Value)),
        new("exports", "Exports from and to a storage that is far away, simulated.", static async run =>
            await new ExportComparison(run.Workspace).RunAsync(await run.Server.Value)),
        new("ranges", "Ranges of archives that are planned already, and the phases of a million files.", static async run =>
            await new RangeComparison(run.Workspace, run.Rounds, run.Baseline).RunAsync(await run.Server.Value)),
        new("cold-start", "From the start of the process to the first download.", static async run =>
            await new ColdStartComparison(run.Workspace, run.Rounds).RunAsync()),
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
            Running,
            Published,
            Baseline,
            Pictures,
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
                result.GetRequiredValue(Running),
                ServerIn(result.GetValue(Published)),
                ServerIn(result.GetValue(Baseline)),
                result.GetValue(Pictures));
            foreach (var measurement in measurements)
            {
                // Before the measurement, because its own load counts afterwards.
                var stamp = await Machine.StampAsync();
                if (await measurement.RunAsync(run) is { } results)
                {
                    await page.WriteAsync(measurement.Name, $"{results.TrimEnd('\n')}\n\n{stamp}");
                }
                else
                {
                    Console.Error.WriteLine($"Left out, because something that it needs is missing: {measurement.Name}");
                }
            }

            Console.Error.WriteLine($"This took {Stopwatch.GetElapsedTime(start):mm\\:ss}.");
        });
        return command;
    }

    private static Executable? ServerIn(string? folder) => folder is null ? null : new Executable(Path.Combine(folder, "Egress.Server"));

    private sealed record BenchmarkRun(Workspace Workspace, int Rounds, string[] Sets, string[] Peers, string[] Running, Executable? Published, Executable? Baseline, string? Pictures)
    {
        /// <summary>Publishes the server once for all measurements.</summary>
        public Lazy<Task<Executable>> Server { get; } = new(() => Published is null ? Workspace.PublishServerAsync("server") : Task.FromResult(Published));
    }

    private sealed record Measurement(string Name, string Description, Func<BenchmarkRun, Task<string?>> RunAsync);
}
