using System.Runtime.InteropServices;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Report;

/// <summary>Describes the machine and the versions with which the results were measured.</summary>
internal static class Machine
{
    /// <summary>Returns the processors, the memory, the operating system, and the versions of the measured programs.</summary>
    public static async Task<string> DescribeAsync()
    {
        var table = new MarkdownTable("Machine", "");
        table.Add("Processors", $"{Environment.ProcessorCount} × {Processor()}");
        table.Add("Memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB");
        table.Add("System", RuntimeInformation.OSDescription);
        table.Add(".NET", Environment.Version.ToString());
        table.Add("Commit", await CommitAsync());
        foreach (var (name, arguments) in new[] { ("node", "--version"), ("python3", "--version"), ("nginx", "-v"), ("bsdtar", "--version"), ("zip", "-v") })
        {
            if (Executable.Find(name) is { } program)
            {
                var result = await program.RunAsync(arguments);
                table.Add(name, Version(result.OutputBytes.Length > 0 ? result.Output : result.Error));
            }
        }

        if (OperatingSystem.IsLinux())
        {
            table.Add("Load before", await LoadAsync());
        }

        table.Add("Date", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", null));
        return table.ToString();
    }

    /// <summary>Names commit, time and load, in one line for the end of a section.</summary>
    public static async Task<string> StampAsync() =>
        $"*Commit {await CommitAsync()}, {TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", null)}{(OperatingSystem.IsLinux() ? $", load {await LoadAsync()}" : "")}.*";

    /// <summary>The measured commit, and whether files differ from it.</summary>
    private static async Task<string> CommitAsync()
    {
        if (Executable.Find("git") is not { } git)
        {
            return "unknown: git is not installed";
        }

        var commit = await git.RunAsync("-C", RepositoryRoot.Path, "rev-parse", "--short=12", "HEAD");
        var changes = await git.RunAsync("-C", RepositoryRoot.Path, "status", "--porcelain", "--", "src", "bench");
        return commit.ExitCode != 0 ? "unknown: not a clone of the repository"
            : commit.Output.Trim() + (changes.Output.Trim().Length > 0 ? ", with changes" : "");
    }

    private static async Task<string> LoadAsync() => (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];

    private static string Version(string text) =>
        text.Split('\n').FirstOrDefault(static line => line.Any(char.IsDigit) && !line.Contains("Copyright", StringComparison.Ordinal), "").Trim();

    private static string Processor() => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal), ": unknown").Split(':')[1].Trim()
        : RuntimeInformation.ProcessArchitecture.ToString();
}
