using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Remote;

/// <summary>Measures downloads of large objects with declared sizes, of very many small objects, and from a storage that is faster than the client.</summary>
/// <param name="workspace">The published servers.</param>
/// <param name="rounds">Number of rounds that are counted.</param>
internal sealed class LatencyComparison(Workspace workspace, int rounds)
{
    private const double BytesPerSecond = 80e6;
    private const double Gibi = 1 << 30;
    private const string Declared = "declared";

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly SimulatedBucket Film = new("film", ["film.mp4"], 1 << 30);
    private static readonly SimulatedBucket Long = new("long", ["film.mp4"], 2L << 30);
    private static readonly SimulatedBucket Icons = new(
        "icons", Enumerable.Range(0, 10_000).Select(static i => string.Create(CultureInfo.InvariantCulture, $"{i:00000}.png")), 4 << 10);

    private readonly SinkClient _client = new();
    private readonly Targets _targets = new();
    private readonly MarkdownTable _table = new("Storage", "MB/s", "objects a second", "requests", "CPU-s a GiB");

    /// <summary>Measures the downloads, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await using (var far = await SimulatedS3.StartAsync([Film, Icons], Latency, BytesPerSecond))
        await using (var peer = await StartAsync(server, far))
        {
            var looked = await MeasureAsync(peer, far, Film.Name, Film, "1 GiB at 30 ms and 80 MB/s a connection, looked up");
            var declared = await MeasureAsync(peer, far, Declared, Film, "… with a declared size");
            _targets.AtLeast("1 GiB with a declared size, against one that is looked up", 1, looked.Seconds / declared.Seconds);
            var icons = await MeasureAsync(peer, far, Icons.Name, Icons, "10,000 objects of 4 KiB at 30 ms");
            _targets.AtLeast("10,000 objects of 4 KiB at 30 ms", 3000, Icons.Keys.Count / icons.Seconds, "a second");
        }

        await using (var near = await SimulatedS3.StartAsync([Long], TimeSpan.Zero, double.PositiveInfinity))
        await using (var peer = await StartAsync(server, near))
        {
            var film = await MeasureAsync(peer, near, Long.Name, Long, "2 GiB from a fast storage");
            _targets.AtMost("2 GiB from a fast storage, requests for 4 MiB", 1, film.Requests / 512.0, "");
            _targets.AtMost("… processor time a GiB", 0.75, film.Processor / 2, "s");
        }

        return $"{_targets}\n{_table}";
    }

    private async Task<(double Seconds, double Requests, double Processor)> MeasureAsync(Peer peer, SimulatedS3 storage, string id, SimulatedBucket bucket, string name)
    {
        var (seconds, requests, processor) = (new Samples(), new Samples(), new Samples());
        for (var round = -1; round < rounds; round++)
        {
            Console.Error.WriteLine($"{name}, round {round + 1} of {rounds}");
            var (before, used) = (storage.Requests, peer.Tree.ProcessorSeconds);
            var download = await Task.Run(() => _client.Get(peer.Port, EgressRecords.Link(id), bucket.Keys.Count, Limit));
            if (round >= 0)
            {
                seconds.Add(download.Duration.TotalSeconds);
                requests.Add(storage.Requests - before);
                processor.Add(peer.Tree.ProcessorSeconds - used);
            }
        }

        var length = (double)bucket.Size * bucket.Keys.Count;
        _table.Add(
            name, seconds.Per(length / 1e6).ToString(), Samples.Number(bucket.Keys.Count / seconds.Min), requests.ToString(), processor.Times(Gibi / length).ToString());
        return (seconds.Min, requests.Median, processor.Median);
    }

    private async Task<Peer> StartAsync(Executable server, SimulatedS3 storage)
    {
        var records = new EgressRecords(workspace["latency.db"]);
        await records.CreateAsync();
        foreach (var bucket in new[] { Film, Icons, Long })
        {
            await records.AddAsync(bucket.Name, bucket.Name, bucket.Keys);
        }

        await records.AddAsync(Declared, Film.Name, [new { key = Film.Keys[0], size = Film.Size }]);
        return await Peer.StartAsync(
            "Egress", server, static _ => [], "Egress listens on port", static (_, _) => null,
            port => records.Settings(
                port, ("S3_ENDPOINT", storage.Endpoint.ToString()), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret")));
    }
}
