using System.Net.Sockets;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Http;

/// <summary>The measurements of one server and one job.</summary>
/// <param name="peer">The server.</param>
/// <param name="job">The kind of download.</param>
internal sealed class PeerResult(Peer peer, HttpJob job)
{
    private const double Mega = 1e6;
    private const double Gibi = 1 << 30;
    private const double Mebi = 1 << 20;

    /// <summary>How long short downloads are repeated, because processor time is counted in hundredths of a second.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.6);

    /// <summary>How long a server warms up before it is measured, because runtimes compile frequently used code in several steps.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public string Name => peer.Name;

    /// <summary>MB of content per second.</summary>
    public Samples Speed { get; } = new();

    /// <summary>Processor seconds of the server per GiB of content.</summary>
    public Samples Processor { get; } = new();

    /// <summary>Milliseconds until the first byte of the body.</summary>
    public Samples FirstByte { get; } = new();

    /// <summary>The largest memory of the server, in MiB.</summary>
    public Samples Memory { get; } = new();

    /// <summary>Bytes of a complete download; 0 if none was complete.</summary>
    public long Size { get; private set; }

    /// <summary>Whether a download reached the time limit.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Whether a download failed. In that case the server gets no more requests.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Measures one round. Excludes the server from further rounds if a download fails.</summary>
    public async Task TryMeasureAsync(SinkClient client, bool isCounted)
    {
        try
        {
            await MeasureAsync(client, isCounted);
        }
        catch (Exception failure) when (failure is SocketException or InvalidOperationException)
        {
            HasFailed = true;
            Console.Error.WriteLine($"{Name} failed: {failure.Message}");
        }
    }

    /// <summary>Downloads at least once, and repeatedly until <see cref="Shortest"/> has passed.</summary>
    public async Task MeasureAsync(SinkClient client, bool isCounted)
    {
        var path = peer.PathOf(job.Set, job.Encrypted)!;
        await using var memory = peer.TreeIfKnown is { } tree ? new PeakMemory(tree) : null;
        var processor = peer.TreeIfKnown?.ProcessorSeconds;
        var (spent, content) = (TimeSpan.Zero, 0.0);
        do
        {
            var download = await Task.Factory.StartNew(
                () => client.Get(peer.Address, path, job.Set.Files, job.Limit),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            spent += download.Duration;
            content += Content(download);
            if (isCounted)
            {
                FirstByte.Add(download.FirstByte.TotalMilliseconds);
            }
        }
        while (spent < (isCounted ? Shortest : WarmUp));

        if (isCounted)
        {
            Speed.Add(content / Mega / spent.TotalSeconds);
            if (memory is not null && processor is { } before)
            {
                Processor.Add((peer.Tree.ProcessorSeconds - before) / (content / Gibi));
                Memory.Add(memory.Bytes / Mebi);
            }
        }
    }

    /// <summary>Formats the results of one job as a table. A ratio is the speed of Egress divided by that of the other server.</summary>
    public static string Table(HttpJob job, IReadOnlyList<PeerResult> results)
    {
        var table = new MarkdownTable(job.Title, "MB/s", "Egress is", "CPU-s a GiB", "peak MiB", "first byte, ms", "size");
        foreach (var result in results)
        {
            table.Add(
                result.Name + (result.HasFailed ? " (failed)" : result.WasCut ? " (cut off)" : ""),
                result.Speed.ToString(),
                ReferenceEquals(result, results[0]) || result.Speed.IsEmpty ? "" : $"{Samples.Number(results[0].Speed.Median / result.Speed.Median)} ×",
                result.Processor.ToString(),
                Samples.Number(result.Memory.Max),
                result.FirstByte.ToString(),
                result.Size == 0 ? "–" : $"{Samples.Number(100.0 * result.Size / job.Set.Length)} %");
        }

        return table.ToString();
    }

    /// <summary>
    /// Returns the bytes of content in a download. For an aborted one, these are the received bytes: only archives without compression are aborted,
    /// and their bytes are almost only content.
    /// </summary>
    private double Content(Download download)
    {
        if (download.IsWhole)
        {
            Size = download.Bytes;
            return job.Set.Length;
        }

        WasCut = true;
        return Math.Min(download.Bytes, job.Set.Length);
    }
}
