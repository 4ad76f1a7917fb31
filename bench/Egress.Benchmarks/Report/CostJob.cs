using System.Diagnostics;
using Egress.Benchmarks.Http;

namespace Egress.Benchmarks.Report;

/// <summary>A repeated task of a server, whose processor time is measured.</summary>
/// <param name="name">Name of the task in tables.</param>
/// <param name="server">The processes of the server.</param>
/// <param name="run">Runs the task once.</param>
internal sealed class CostJob(string name, ProcessTree server, Func<Task> run)
{
    private const double Micro = 1e6;

    /// <summary>The shortest duration of a round, because processor time is counted in hundredths of a second.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1.5);

    /// <summary>How long the server warms up, because runtimes compile frequently used code in several steps.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);

    private readonly Samples _processor = new();
    private readonly Samples _wall = new();

    /// <summary>Name of the task in tables.</summary>
    public string Name => name;

    /// <summary>Returns the median processor time of this job, divided by that of the other one.</summary>
    public double RatioTo(CostJob other) => _processor.Median / other._processor.Median;

    /// <summary>Measures the jobs in turn, round by round.</summary>
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

    /// <summary>Returns a table of the jobs. Ratios are relative to the second job.</summary>
    /// <param name="title">Heading of the first column.</param>
    /// <param name="jobs">The jobs.</param>
    /// <param name="each">The number of objects or requests in one run of a job.</param>
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
