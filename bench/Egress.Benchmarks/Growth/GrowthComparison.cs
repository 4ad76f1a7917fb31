using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Growth;

/// <summary>Measures how the cost of downloads grows with the number of entries, the number of parallel clients, and the size of the archive.</summary>
/// <param name="workspace">The file sets and the published servers.</param>
/// <param name="pictures">Folder for the charts; null to draw none.</param>
internal sealed class GrowthComparison(Workspace workspace, string? pictures)
{
    private const double Mebi = 1 << 20;
    private const double Gibi = 1 << 30;
    private const string Sparse = "sparse";

    private static readonly int[] Entries = [100, 1000, 10_000, 100_000, 1_000_000];
    private static readonly int[] Clients = [1, 4, 16, 64, 256];
    private static readonly int[] Sizes = [1, 5, 20];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly SinkClient _client = new();

    /// <summary>Measures the downloads, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await FileSet.A.CreateAsync(workspace.Sets);
        await FileSet.D.CreateAsync(workspace.Sets);
        CreateSparse();
        var records = new EgressRecords(workspace["growth.db"]);
        await records.CreateAsync();
        foreach (var count in Entries)
        {
            // The record contains one small file many times, so that only the number of entries grows.
            await records.AddAsync($"entries-{count}", FileSet.D.Name, Enumerable.Range(0, count).Select(static i => (object)new
            {
                key = "00000.png",
                name = string.Create(CultureInfo.InvariantCulture, $"{i / 1000:000}/{i:0000000}.png"),
            }));
        }

        foreach (var size in Sizes)
        {
            await records.AddAsync($"size-{size}", Sparse, [$"{size}.mp4"]);
        }

        await records.AddAsync(FileSet.A.Name, FileSet.A.Name, FileSet.A.Names);
        return string.Join('\n', await EntriesAsync(server, records), await ClientsAsync(server, records), await SizesAsync(server, records));
    }

    private async Task<string> EntriesAsync(Executable server, EgressRecords records)
    {
        var table = new MarkdownTable("Entries of 4 KiB", "first byte, ms", "whole download, s", "CPU-µs an entry", "peak MiB", "memory, bytes an entry");
        var (first, whole, processor) = (new List<(double, double)>(), new List<(double, double)>(), new List<(double, double)>());
        foreach (var count in Entries)
        {
            Console.Error.WriteLine($"{count} entries");
            await using var peer = await StartAsync(server, records);
            Download(peer, FileSet.A.Name, FileSet.A.Files);
            var (idle, used) = (peer.Tree.ResidentBytes, peer.Tree.ProcessorSeconds);
            await using var memory = new PeakMemory(peer.Tree);
            var download = await Task.Run(() => Download(peer, $"entries-{count}", count));
            used = (peer.Tree.ProcessorSeconds - used) * 1e6 / count;
            first.Add((count, download.FirstByte.TotalMilliseconds));
            whole.Add((count, download.Duration.TotalMilliseconds));
            processor.Add((count, used));
            table.Add(
                count.ToString("N0", CultureInfo.InvariantCulture), Samples.Number(first[^1].Item2), Samples.Number(download.Duration.TotalSeconds), Samples.Number(used),
                Samples.Number(memory.Bytes / Mebi), Samples.Number(Math.Max(0, memory.Bytes - idle) / (double)count));
        }

        var chart = new Chart("Time of a download by its entries", "entries of 4 KiB", "ms");
        chart.Add("first byte", first);
        chart.Add("whole", whole);
        await chart.SaveAsync(pictures, "entries.svg");
        return table.ToString();
    }

    private async Task<string> ClientsAsync(Executable server, EgressRecords records)
    {
        var table = new MarkdownTable("Clients of A at a time", "MB/s in all", "CPU-s a GiB", "first byte, median ms", "first byte, p99 ms", "slowest client / fastest", "peak MiB");
        var (median, worst) = (new List<(double, double)>(), new List<(double, double)>());
        await using var peer = await StartAsync(server, records);
        Download(peer, FileSet.A.Name, FileSet.A.Files);
        foreach (var clients in Clients)
        {
            Console.Error.WriteLine($"{clients} clients");
            await using var memory = new PeakMemory(peer.Tree);
            var used = peer.Tree.ProcessorSeconds;
            var downloads = await ManyAsync(peer, clients);
            var content = (double)FileSet.A.Length * clients;
            var firsts = downloads.Select(static download => download.FirstByte.TotalMilliseconds).Order().ToArray();
            var durations = downloads.Select(static download => download.Duration.TotalSeconds).ToArray();
            median.Add((clients, firsts[firsts.Length / 2]));
            worst.Add((clients, firsts[(int)Math.Ceiling(0.99 * firsts.Length) - 1]));
            table.Add(
                clients.ToString(CultureInfo.InvariantCulture), Samples.Number(content / 1e6 / durations.Max()), Samples.Number((peer.Tree.ProcessorSeconds - used) / (content / Gibi)),
                Samples.Number(median[^1].Item2), Samples.Number(worst[^1].Item2), $"{Samples.Number(durations.Max() / durations.Min())} ×", Samples.Number(memory.Bytes / Mebi));
        }

        var chart = new Chart("First byte by the number of clients", "clients at a time", "ms");
        chart.Add("median", median);
        chart.Add("99th percentile", worst);
        await chart.SaveAsync(pictures, "clients.svg");
        return table.ToString();
    }

    private async Task<string> SizesAsync(Executable server, EgressRecords records)
    {
        var table = new MarkdownTable("Archive of one sparse file", "MB/s", "CPU-s a GiB", "first byte, ms", "peak MiB");
        var seconds = new List<(double, double)>();
        await using var peer = await StartAsync(server, records);
        foreach (var size in Sizes)
        {
            Console.Error.WriteLine($"{size} GiB");
            await using var memory = new PeakMemory(peer.Tree);
            var used = peer.Tree.ProcessorSeconds;
            var download = await Task.Run(() => Download(peer, $"size-{size}", 1));
            seconds.Add((size, download.Duration.TotalSeconds));
            table.Add(
                $"{size} GiB", Samples.Number(size * Gibi / 1e6 / download.Duration.TotalSeconds), Samples.Number((peer.Tree.ProcessorSeconds - used) / size),
                Samples.Number(download.FirstByte.TotalMilliseconds), Samples.Number(memory.Bytes / Mebi));
        }

        var chart = new Chart("Time of a download by the size of the archive", "GiB", "s");
        chart.Add("one sparse file", seconds);
        await chart.SaveAsync(pictures, "sizes.svg");
        return table.ToString();
    }

    /// <summary>Downloads with several clients. Each has its own thread, and all of them begin at the same time.</summary>
    private static async Task<Download[]> ManyAsync(Peer peer, int clients)
    {
        using var start = new ManualResetEventSlim();
        var downloads = Enumerable.Range(0, clients).Select(_ => Task.Factory.StartNew(
            () =>
            {
                var client = new SinkClient();
                start.Wait();
                return client.Get(peer.Port, EgressRecords.Link(FileSet.A.Name), FileSet.A.Files, Limit);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        start.Set();
        return await Task.WhenAll(downloads);
    }

    private Download Download(Peer peer, string id, int entries) => _client.Get(peer.Port, EgressRecords.Link(id), entries, Limit);

    private Task<Peer> StartAsync(Executable server, EgressRecords records) => Peer.StartAsync(
        "Egress", server, static _ => [], "Egress listens on port", static (_, _) => null, port => records.Settings(port, ("STORAGE_PATH", workspace.Sets)));

    private void CreateSparse()
    {
        var folder = Directory.CreateDirectory(Path.Combine(workspace.Sets, Sparse)).FullName;
        foreach (var size in Sizes)
        {
            using var file = File.OpenWrite(Path.Combine(folder, $"{size}.mp4"));
            file.SetLength(size * (long)Gibi);
        }
    }
}
