using System.Globalization;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Profile;

/// <summary>A function on a stack, as <c>perf</c> reports it.</summary>
/// <param name="Name">Name of the function. The name of a .NET method includes its assembly.</param>
/// <param name="Module">The file that contains the function.</param>
internal readonly record struct Frame(string Name, string Module);

/// <summary>Samples the stacks of a process with <c>perf</c>.</summary>
internal static class PerfRecorder
{
    private const string SamplesPerSecond = "997";

    /// <summary>
    /// With these variables in the environment of a .NET process, <c>perf</c> finds the names of its methods. It cannot find the names of methods
    /// that were compiled ahead of time, so all methods are compiled when they run.
    /// </summary>
    public static (string Name, string Value)[] Environment { get; } =
        [("DOTNET_PerfMapEnabled", "1"), ("DOTNET_ReadyToRun", "0"), ("DOTNET_EnableWriteXorExecute", "0")];

    /// <summary>Samples a process during some work.</summary>
    /// <param name="perf">The program.</param>
    /// <param name="process">The process.</param>
    /// <param name="work">The work.</param>
    /// <returns>The stack of each sample, from the function that ran to its callers.</returns>
    public static async Task<List<Frame[]>> RecordAsync(Executable perf, int process, Func<Task> work)
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var recorder = await ChildProcess.StartAsync(perf, new ExecutableRun
            {
                Arguments = ["record", "-F", SamplesPerSecond, "-g", "-p", process.ToString(CultureInfo.InvariantCulture), "-o", file],
            }))
            {
                await work();
                await recorder.StopAsync(UnixSignal.Interrupt);
            }

            var script = await perf.RunAsync("script", "-i", file, "-F", "ip,sym,dso");
            return [.. script.EnsureSuccess().Output.Split("\n\n").Select(static block => Parse(block)).Where(static stack => stack.Length > 0)];
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Parses a stack. Each line consists of an address, a name, and a module in parentheses.</summary>
    private static Frame[] Parse(string block)
    {
        var frames = new List<Frame>();
        foreach (var line in block.Split('\n'))
        {
            var text = line.Trim();
            var (name, module) = (text.IndexOf(' ', StringComparison.Ordinal), text.LastIndexOf(" (", StringComparison.Ordinal));
            if (name > 0 && module > name)
            {
                frames.Add(new Frame(text[(name + 1)..module], text[(module + 2)..^1]));
            }
        }

        return [.. frames];
    }
}
