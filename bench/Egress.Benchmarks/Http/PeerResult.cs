using System.Net.Sockets;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Http;

/// <summary>The measurements of one peer and one job.</summary>
/// <param name="peer">The peer.</param>
/// <param name="job">The job.</param>
internal sealed class PeerResult(Peer peer, HttpJob job)
{
    private const double Mega = 1e6;
    private const double Gibi = 1 << 30;
    private const double Mebi = 1 << 20;

    /// <summary>Short downloads are repeated for this time, because processor time is counted in hundredths of a second.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.6);

    /// <summary>The time for which a peer warms up before it is measured: runtimes compile frequently used code in several steps.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public string Name => peer.Name;

    /// <summary>MB of content a second.</summary>
    public Samples Speed { get; } = new();

    /// <summary>Processor seconds of the server for each GiB of content.</summary>
    public Samples Processor { get; } = new();

    /// <summary>Milliseconds to the first byte of the body.</summary>
    public Samples FirstByte { get; } = new();

    /// <summary>Largest memory, in MiB.</summary>
    public Samples Memory { get; } = new();

    /// <summary>Bytes of a whole download; 0 when none was whole.</summary>
    public long Size { get; private set; }

    /// <summary>Whether the limit aborted a download.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Whether a download failed; the peer then gets no more requests.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Measures one round. Excludes the peer from further rounds when it fails.</summary>
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

    /// <summary>Downloads once, or repeatedly until the time is over.</summary>
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

    /// <summary>The results of one job; ratios are the speed of Egress divided by that of the peer.</summary>
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
    /// The bytes of content in a download. For an aborted one, these are the received bytes: only stored archives are aborted, whose bytes are almost
    /// all content.
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
