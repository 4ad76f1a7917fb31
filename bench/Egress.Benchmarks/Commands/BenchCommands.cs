using System.CommandLine;
using Egress.Benchmarks.Engine;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit;

namespace Egress.Benchmarks.Commands;

/// <summary>The command line beside BenchmarkDotNet's.</summary>
internal static class BenchCommands
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
    };

    private static readonly Option<string[]> Peers = new("--peers")
    {
        Description = "Peers beside Egress.",
        DefaultValueFactory = _ => [.. PeerList.Others],
        AllowMultipleArgumentsPerToken = true,
    };

    public static RootCommand Create() => new("Measures Egress side by side with what could be used instead. Options alone are BenchmarkDotNet's.")
    {
        Rounds,
        Page,
        Data,
        Command("engine", "The ZIP engine against libraries, by processor time.", static run => Task.FromResult(new EngineComparison(run.Rounds).Run())),
        Http(),
        ServeFiles(),
    };

    private static Command Http()
    {
        var command = Command("http", "Downloads over loopback against what users would pick instead.", static async run =>
        {
            await Workspace.InstallPeersAsync();
            var server = await run.Workspace.PublishServerAsync("server");
            return await new HttpComparison(run.Workspace, run.Rounds, run.Peers).RunAsync(server, run.Sets);
        });
        command.Add(Sets);
        command.Add(Peers);
        return command;
    }

    private static Command ServeFiles()
    {
        var folder = new Argument<string>("FOLDER");
        var port = new Argument<int>("PORT");
        var command = new Command("serve-files", "Sends ready files with Kestrel; 'http' starts it.") { folder, port };
        command.SetAction((result, _) => FileServer.RunAsync(result.GetRequiredValue(folder), result.GetRequiredValue(port)));
        return command;
    }

    private static Command Command(string name, string description, Func<BenchRun, Task<string>> measure)
    {
        var command = new Command(name, description);
        command.SetAction(async (result, _) =>
        {
            var run = new BenchRun(
                new Workspace(result.GetRequiredValue(Data)), result.GetValue(Rounds), result.GetValue(Sets) ?? [], result.GetValue(Peers) ?? []);
            await new BenchmarkPage(result.GetValue(Page)).WriteAsync(name, await measure(run));
        });
        return command;
    }

    private sealed record BenchRun(Workspace Workspace, int Rounds, string[] Sets, string[] Peers);
}
