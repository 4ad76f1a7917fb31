using System.CommandLine;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Remote;
using Egress.Benchmarks.Requests;
using Egress.Benchmarks.SmallObjects;

namespace Egress.Benchmarks.Commands;

/// <summary>Commands that run a server in a process of its own. The measurements start them.</summary>
internal static class HelperCommands
{
    public static IEnumerable<Command> All() => [ServeFiles(), ServeHello(), ServeObjects(), ReadObjects()];

    private static Command ServeFiles()
    {
        var folder = new Argument<string>("FOLDER");
        var port = Port();
        return Hidden("serve-files", [folder, port], result => FileServer.RunAsync(result.GetRequiredValue(folder), result.GetRequiredValue(port)));
    }

    private static Command ServeHello()
    {
        var port = Port();
        return Hidden("serve-hello", [port], result => HelloServer.RunAsync(result.GetRequiredValue(port)));
    }

    private static Command ServeObjects()
    {
        var port = Port();
        return Hidden("serve-objects", [port], async result =>
        {
            await using var storage = await SimulatedS3.StartAsync(
                SmallObjectSets.Served, TimeSpan.Zero, double.PositiveInfinity, result.GetRequiredValue(port));
            Console.WriteLine("listening");
            await storage.WaitForShutdownAsync();
        });
    }

    private static Command ReadObjects()
    {
        var origin = new Argument<string>("ORIGIN");
        var port = Port();
        return Hidden("read-objects", [origin, port], result => RawReader.RunAsync(result.GetRequiredValue(origin), result.GetRequiredValue(port)));
    }

    private static Argument<int> Port() => new("PORT");

    private static Command Hidden(string name, Argument[] arguments, Func<ParseResult, Task> run)
    {
        var command = new Command(name, "A server that the measurements start.") { Hidden = true };
        foreach (var argument in arguments)
        {
            command.Add(argument);
        }

        command.SetAction((result, _) => run(result));
        return command;
    }
}
