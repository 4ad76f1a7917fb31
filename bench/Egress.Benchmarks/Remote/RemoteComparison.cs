using System.Diagnostics;
using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Remote;

/// <summary>Measures downloads from a storage with latency.</summary>
/// <param name="workspace">The published servers.</param>
/// <param name="rounds">Number of rounds that are counted.</param>
internal sealed class RemoteComparison(Workspace workspace, int rounds)
{
    private const double Mega = 1e6;
    private const double BytesPerSecond = 80 * Mega;

    /// <summary>How many objects are read one after the other. The time for all objects is extrapolated.</summary>
    private const int OneByOne = 200;

    /// <summary>How many bytes of the large object are read over a single connection. The time for the whole object is extrapolated.</summary>
    private const long SingleLength = 256 << 20;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>No further round begins after the rounds so far took this many seconds.</summary>
    private const double LongestSeconds = 15;

    private static readonly SimulatedBucket Photos = new("photos", Keys(1000, "2024/"), 64 << 10);
    private static readonly SimulatedBucket Film = new("film", ["film.mp4"], 1 << 30);
    private static readonly SimulatedBucket Together = new("together", Keys(10000, "2024/"), 64 << 10);

    /// <summary>A bucket in which downloads request one of 21 objects in each folder. Listing all objects would take long.</summary>
    private static readonly SimulatedBucket Scattered = new(
        "scattered",
        Folders().Select(static folder => $"{folder}/a.jpg"),
        64 << 10,
        Folders().SelectMany(static folder => Enumerable.Range(0, 20).Select(i => $"{folder}/b{i:00}.jpg")));

    private readonly SinkClient _client = new();
    private readonly Targets _targets = new();
    private readonly MarkdownTable _table = new("Remote storage", "MB/s", "seconds", "requests to the storage");

    /// <summary>Measures the downloads, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await using var storage = await SimulatedS3.StartAsync([Photos, Film, Together, Scattered], Latency, BytesPerSecond);
        using var http = new HttpClient { BaseAddress = storage.Endpoint };
        var oneByOne = await OneByOneAsync(http);
        var single = await SingleAsync(http);
        _table.Add($"{Photos.Keys.Count} objects of 64 KiB, one by one", Speed(Photos, oneByOne), Samples.Number(oneByOne), Samples.Number(Photos.Keys.Count));
        _table.Add("1 GiB over one connection", Speed(Film, single), Samples.Number(single), "1");
        await MeasureAsync(server, storage, "the defaults", oneByOne, single);
        await MeasureAsync(server, storage, "MAX_CONCURRENT_FETCHES=32, DOWNLOAD_MEMORY=64M", oneByOne, single, ("MAX_CONCURRENT_FETCHES", "32"), ("DOWNLOAD_MEMORY", "64M"));
        return $"{_targets}\n{_table}";
    }

    private async Task MeasureAsync(
        Executable server, SimulatedS3 storage, string name, double oneByOne, double single, params (string Name, string Value)[] settings)
    {
        await using var peer = await StartAsync(server, storage, settings);
        _targets.AtLeast(
            $"1,000 objects at 30 ms against one by one, {name}", 25, oneByOne / await DownloadAsync(peer, storage, Photos, name));
        _targets.AtLeast(
            $"1 GiB at 80 MB/s a connection against a single one, {name}", 3.5, single / await DownloadAsync(peer, storage, Film, name));
        _targets.AtMost(
            $"Planning 10,000 objects of one folder, to the first byte, {name}", 2, await PlanAsync(peer, storage, Together, name), "s");
        _targets.AtMost(
            $"Planning 10,000 objects of 10,000 folders, to the first byte, {name}", 2, await PlanAsync(peer, storage, Scattered, name), "s");
    }

    private async Task<Peer> StartAsync(Executable server, SimulatedS3 storage, (string Name, string Value)[] settings)
    {
        var records = new EgressRecords(workspace["remote.db"]);
        await records.CreateAsync();
        foreach (var bucket in new[] { Photos, Film, Together, Scattered })
        {
            await records.AddAsync(bucket.Name, bucket.Name, bucket.Keys);
        }

        return await Peer.StartAsync(
            PeerList.Ours,
            server,
            static _ => [],
            "Egress listens on port",
            static (_, _) => null,
            port => records.Settings(
                port,
                [("S3_ENDPOINT", storage.Endpoint.ToString()), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret"), .. settings]));
    }

    /// <returns>Seconds for a complete download, including planning.</returns>
    private async Task<double> DownloadAsync(Peer peer, SimulatedS3 storage, SimulatedBucket bucket, string name)
    {
        var seconds = new Samples();
        var requests = 0;
        for (var (round, spent) = (-1, 0.0); round < rounds && spent < LongestSeconds; round++)
        {
            var before = storage.Requests;
            var download = await Task.Run(() => _client.Get(peer.Port, EgressRecords.Link(bucket.Name), bucket.Keys.Count, Limit));
            requests = storage.Requests - before;
            if (round >= 0)
            {
                seconds.Add(download.Duration.TotalSeconds);
                spent += download.Duration.TotalSeconds;
            }
        }

        Console.Error.WriteLine($"Remote storage, {name}: {bucket.Name} took {seconds}");
        var what = bucket == Film ? "1 GiB" : $"{bucket.Keys.Count} objects of 64 KiB";
        _table.Add($"{what}, Egress, {name}", Speed(bucket, seconds.Median), seconds.ToString(), Samples.Number(requests));
        return seconds.Median;
    }

    /// <returns>Seconds until the first byte.</returns>
    private async Task<double> PlanAsync(Peer peer, SimulatedS3 storage, SimulatedBucket bucket, string name)
    {
        var first = new Samples();
        var requests = 0;
        for (var (round, spent) = (0, 0.0); round < rounds && spent < LongestSeconds; round++)
        {
            var before = storage.Requests;
            var time = await Task.Run(() => _client.TimeToFirstByte(peer.Port, EgressRecords.Link(bucket.Name)));
            first.Add(time.TotalSeconds);
            spent += time.TotalSeconds;
            requests = storage.Requests - before;
        }

        Console.Error.WriteLine($"Remote storage, {name}: planning of {bucket.Name} took {first}");
        var where = bucket == Together ? "one folder" : "10,000 folders";
        _table.Add($"Planning {bucket.Keys.Count} objects of {where}, to the first byte, Egress, {name}", "", first.ToString(), Samples.Number(requests));
        return first.Median;
    }

    private static async Task<double> OneByOneAsync(HttpClient http)
    {
        await http.GetByteArrayAsync($"/{Photos.Name}/{Photos.Keys[0]}");
        var start = Stopwatch.GetTimestamp();
        foreach (var key in Photos.Keys.Take(OneByOne))
        {
            await http.GetByteArrayAsync($"/{Photos.Name}/{key}");
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds * Photos.Keys.Count / OneByOne;
    }

    private static async Task<double> SingleAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{Film.Name}/{Film.Keys[0]}") { Headers = { Range = new(0, SingleLength - 1) } };
        var start = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await response.EnsureSuccessStatusCode().Content.CopyToAsync(Stream.Null);
        return Stopwatch.GetElapsedTime(start).TotalSeconds * Film.Size / SingleLength;
    }

    private static string Speed(SimulatedBucket bucket, double seconds) => Samples.Number(bucket.Size * bucket.Keys.Count / Mega / seconds);

    /// <summary>Returns ten thousand folder names in random order.</summary>
    private static IEnumerable<string> Folders() => Enumerable.Range(0, 10000).Select(static i => $"{i * 7919 % 10007:00000}");

    private static IEnumerable<string> Keys(int count, string folder) =>
        Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{folder}{i:00000}.jpg"));
}
