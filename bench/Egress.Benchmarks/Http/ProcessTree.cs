using System.Globalization;

namespace Egress.Benchmarks.Http;

/// <summary>Processor time and memory of a process and its children, from <c>/proc</c> of Linux.</summary>
/// <param name="id">The process id.</param>
internal sealed class ProcessTree(int id)
{
    /// <summary>Clock ticks per second in <c>/proc/PID/stat</c> (USER_HZ). The value is the same on every Linux that .NET supports.</summary>
    private const double Ticks = 100;

    private const int UserTime = 11; // index among the fields after the name; system time and both times of ended children follow

    /// <summary>The process id of the parent process.</summary>
    public int Id => id;

    /// <summary>Processor seconds so far, including children that have exited.</summary>
    public double ProcessorSeconds => All().Sum(static process => Times(process));

    /// <summary>Processor seconds of all exited children of the current process.</summary>
    public static double EndedChildrenSeconds => Fields(Environment.ProcessId).Skip(UserTime + 2).Take(2).Sum(static text => long.Parse(text, CultureInfo.InvariantCulture)) / Ticks;

    /// <summary>Current memory (resident set) in bytes.</summary>
    public long ResidentBytes => All().Sum(static process => StatusBytes(process, "VmRSS:"));

    /// <summary>Largest resident set of the parent process alone since the last <see cref="ResetPeak"/>, in bytes.</summary>
    public long PeakBytes => StatusBytes(id, "VmHWM:");

    /// <summary>Resets the peak (proc(5), clear_refs).</summary>
    public void ResetPeak() => File.WriteAllText($"/proc/{id}/clear_refs", "5");

    private List<int> All()
    {
        List<int> found = [id];
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(Children(found[i]));
        }

        return found;
    }

    private static IEnumerable<int> Children(int process)
    {
        try
        {
            return [.. Directory.EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(static text => int.Parse(text, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return []; // the thread or process has just exited
        }
    }

    private static double Times(int process)
    {
        try
        {
            return Fields(process).Skip(UserTime).Take(4).Sum(static text => long.Parse(text, CultureInfo.InvariantCulture)) / Ticks;
        }
        catch (IOException)
        {
            return 0; // the process has exited, and its parent counts its time from now on
        }
    }

    private static string[] Fields(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long StatusBytes(int process, string name)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(name.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
