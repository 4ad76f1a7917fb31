using System.Diagnostics;
using System.Globalization;

namespace Egress.TestKit.Processes;

/// <summary>The processor time of a program and of the programs that it started.</summary>
public static class ProcessorTime
{
    /// <summary>Clock ticks for each second in <c>/proc</c>, on every architecture of .NET.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>The processor time so far, including children that have ended. Without <c>/proc</c>, only that of the process itself.</summary>
    /// <param name="root">Id of the program.</param>
    public static TimeSpan OfTree(int root)
    {
        if (!OperatingSystem.IsLinux())
        {
            using Process process = Process.GetProcessById(root);
            return process.TotalProcessorTime;
        }

        var all = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Select(static name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? Read(id) : null)
            .OfType<Entry>().ToDictionary(static entry => entry.Id);
        return TimeSpan.FromSeconds(all.Values.Where(entry => IsBelow(entry, root, all)).Sum(static entry => entry.Ticks) / TicksPerSecond);
    }

    private static bool IsBelow(Entry entry, int root, Dictionary<int, Entry> all)
    {
        for (var at = entry; at is not null; at = all.GetValueOrDefault(at.Parent))
        {
            if (at.Id == root)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads <c>/proc/ID/stat</c> (proc(5)). Null if the process has ended.</summary>
    private static Entry? Read(int id)
    {
        try
        {
            string text = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new Entry(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[11..15].Sum(static field => long.Parse(field, CultureInfo.InvariantCulture)));
        }
        catch (Exception ended) when (ended is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private sealed record Entry(int Id, int Parent, long Ticks);
}
