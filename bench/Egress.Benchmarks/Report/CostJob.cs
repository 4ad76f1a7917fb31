using System.Diagnostics;
using Egress.Benchmarks.Http;

namespace Egress.Benchmarks.Report;

/// <summary>A repeated task of a server, measured by the server's processor time.</summary>
/// <param name="name">Its name in tables.</param>
/// <param name="server">The server's processes.</param>
/// <param name="run">Runs the task once.</param>
internal sealed class CostJob(string name, ProcessTree server, Func<Task> run)
{
    private const double Micro = 1e6;

    /// <summary>Processor time is counted in hundredths of a second, so a round takes at least this.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1.5);

    /// <summary>The time of warming up: runtimes compile frequently used code in several steps.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);

    private readonly Samples _processor = new();
    private readonly Samples _wall = new();

    /// <summary>Its name in tables.</summary>
    public string Name => name;

    /// <summary>Returns the median processor time of this job, divided by that of the other one.</summary>
    public double RatioTo(CostJob other) => _processor.Median / other._processor.Median;

    /// <summary>Measures jobs round by round.</summary>
    public static async Task MeasureInTurnAsync(IReadOnlyList<CostJob> jobs, int rounds)
    {
        for (var round = -1; round < rounds; round++)
        {
            foreach (var job in jobs)
            {
                Console.Error.WriteLine($"{job.Name}, round {round + 1} of {rounds}");
                await job.MeasureAsync(isCounted: round >= 0);
            }
        }
    }

    /// <summary>Returns a table of the jobs. The second job is the reference of the ratios.</summary>
    /// <param name="title">Heading of the first column.</param>
    /// <param name="jobs">The jobs.</param>
    /// <param name="each">The number of objects or requests in one run.</param>
    public static string Table(string title, IReadOnlyList<CostJob> jobs, int each)
    {
        var table = new MarkdownTable(title, "µs of processor time each", "relative", "µs each");
        foreach (var job in jobs)
        {
            table.Add(
                job.Name,
                job._processor.Times(Micro / each).ToString(),
                $"{Samples.Number(job.RatioTo(jobs[1]))} ×",
                job._wall.Times(Micro / each).ToString());
        }

        return table.ToString();
    }

    private async Task MeasureAsync(bool isCounted)
    {
        var processor = server.ProcessorSeconds;
        var start = Stopwatch.GetTimestamp();
        var runs = 0;
        do
        {
            await run();
            runs++;
        }
        while (Stopwatch.GetElapsedTime(start) < (isCounted ? Shortest : WarmUp));

        if (isCounted)
        {
            _wall.Add(Stopwatch.GetElapsedTime(start).TotalSeconds / runs);
            _processor.Add((server.ProcessorSeconds - processor) / runs);
        }
    }
}
