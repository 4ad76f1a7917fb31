using System.Diagnostics;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Engine;

/// <summary>Compares the processor time of the ZIP engine with that of other libraries. They run in turn, so that other load affects all of them.</summary>
internal sealed class EngineComparison(int rounds)
{
    private const double Mega = 1e6;
    private const string Ours = "Egress";

    private static readonly TimeSpan ShortestRound = TimeSpan.FromSeconds(2);

    private readonly Targets _targets = new();

    /// <summary>Measures every job, and returns the report.</summary>
    public string Run()
    {
        var random = SampleContent.Random(64 << 20);
        var small = SampleContent.Random(4 << 10);
        var text = SampleContent.Text(1 << 20);
        var large = SampleContent.Text(32 << 20);

        var sections = new List<string>
        {
            Compare("STORE, 8 × 64 MiB", new Archive(random, 8), "STORE of large files", 10),
            Compare("STORE, 20,000 × 4 KiB", new Archive(small, 20000), "STORE of 4 KiB files", 15),
            Compare("Deflate level 6, text, 16 × 1 MiB", new Archive(text, 16, Level: 6), "Deflate level 6", 2.8),
            Compare("AES-256, stored, 2 × 64 MiB", new Archive(random, 2, Password: "secret"), "AES-256, stored", 12),
            DefaultLevel(text),
            Parallel(large),
        };
        return $"{_targets}\n{string.Join('\n', sections)}";
    }

    private string Compare(string title, Archive archive, string target, double wanted)
    {
        var jobs = new List<Job>
        {
            new(Ours, () => ArchiveWriters.EgressAsync(archive)),
            new("SharpZipLib", () => Task.FromResult(ArchiveWriters.SharpZipLib(archive))),
        };
        if (archive.Password is null)
        {
            jobs.Add(new("SharpCompress", () => Task.FromResult(ArchiveWriters.SharpCompress(archive))));
            jobs.Add(new("ZipArchive", () => Task.FromResult(ArchiveWriters.ZipArchive(archive))));
        }

        MeasureInTurn(jobs, rounds);
        _targets.AtLeast($"{target}, against SharpZipLib, per CPU-second", wanted, jobs[1].Processor.Median / jobs[0].Processor.Median);
        return Table(title, archive, jobs);
    }

    private string DefaultLevel(byte[] text)
    {
        var archive = new Archive(text, 16, Level: 6);
        var jobs = new List<Job>
        {
            new("Egress, default level", () => ArchiveWriters.EgressAsync(archive with { Level = -1 })),
            new("SharpZipLib, level 6", () => Task.FromResult(ArchiveWriters.SharpZipLib(archive))),
        };
        MeasureInTurn(jobs, rounds);
        _targets.AtLeast("Default level, against SharpZipLib level 6, per CPU-second", 4, jobs[1].Processor.Median / jobs[0].Processor.Median);
        _targets.AtMost("… and its size", 1.05, (double)jobs[0].Written / jobs[1].Written);
        return Table("Default level, text, 16 × 1 MiB", archive, jobs);
    }

    private string Parallel(byte[] large)
    {
        var archive = new Archive(large, 4, Level: -1);
        var jobs = new List<Job>
        {
            new("several cores", () => ArchiveWriters.EgressAsync(archive)),
            new("one core", () => ArchiveWriters.EgressSerialAsync(archive)),
        };
        MeasureInTurn(jobs, rounds);
        _targets.AtLeast("Parallel Deflate against one core, wall time", 1.5, jobs[1].Wall.Median / jobs[0].Wall.Median);
        return Table("Default level, text, 4 × 32 MiB", archive, jobs);
    }

    /// <summary>Measures the jobs in turn. The first round is not counted, because the runtime compiles the code and fills its pools.</summary>
    private static void MeasureInTurn(List<Job> jobs, int rounds)
    {
        for (var round = -1; round < rounds; round++)
        {
            foreach (var job in jobs)
            {
                job.Measure(isCounted: round >= 0);
            }
        }
    }

    private static string Table(string title, Archive archive, List<Job> jobs)
    {
        var table = new MarkdownTable(title, "MB a CPU-second", "relative", "MB a second", "allocated, KiB a file", "size");
        foreach (var job in jobs)
        {
            table.Add(
                job.Name,
                job.Processor.Per(archive.Length / Mega).ToString(),
                $"{Samples.Number(jobs[0].Processor.Median / job.Processor.Median)} ×",
                Samples.Number(archive.Length / Mega / job.Wall.Median),
                Samples.Number(job.Allocated / 1024 / archive.Files),
                Samples.Number((double)job.Written / archive.Length * 100) + " %");
        }

        return table.ToString();
    }

    private sealed class Job(string name, Func<Task<long>> write)
    {
        public string Name => name;

        public Samples Processor { get; } = new();

        public Samples Wall { get; } = new();

        public double Allocated { get; private set; }

        public long Written { get; private set; }

        /// <summary>Writes the archive repeatedly for two seconds, so that other work of the runtime, such as compilation, has little effect.</summary>
        public void Measure(bool isCounted)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var processor = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            var archives = 0;
            TimeSpan wall;
            do
            {
                // Runs on a thread of the thread pool, as requests do.
                Written = Task.Run(write).GetAwaiter().GetResult();
                archives++;
                wall = Stopwatch.GetElapsedTime(start);
            }
            while (wall < ShortestRound);

            if (isCounted)
            {
                Wall.Add(wall.TotalSeconds / archives);
                Processor.Add((Environment.CpuUsage.TotalTime - processor).TotalSeconds / archives);
                Allocated = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / archives;
            }
        }
    }
}
