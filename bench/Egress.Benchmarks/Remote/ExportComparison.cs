using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.Remote;

/// <summary>Compares exports by one server, from and to a storage with latency, with a copy over a single connection.</summary>
/// <param name="workspace">The published servers.</param>
internal sealed class ExportComparison(Workspace workspace)
{
    private const double Mega = 1e6;
    private const double BytesPerSecond = 80 * Mega;
    private const string Key = "benchmark-key-0123456789";

    /// <summary>How many bytes of an object are read over a single connection. The time for the whole object is extrapolated.</summary>
    private const long SingleLength = 256 << 20;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static readonly SimulatedBucket Films = new("films", ["1.mp4", "2.mp4"], 5L << 30);
    private static readonly SimulatedBucket Photos = new("photos", Enumerable.Range(0, 2000).Select(static i => $"2024/{i:0000}.jpg"), 1 << 20);
    private static readonly SimulatedBucket Known = new("known", ["1.mp4", "2.mp4", "3.mp4", "4.mp4"], 10L << 30) { Crc32 = "AAAAAA==" };

    /// <summary>Objects that are exported before the first measurement, so that all code is compiled by then.</summary>
    private static readonly SimulatedBucket[] WarmUps =
    [
        new("warm-small", Enumerable.Range(0, 300).Select(static i => $"{i:000}.bin"), 1 << 20),
        new("warm-large", ["1.bin", "2.bin"], 150 << 20),
        new("warm-copied", Enumerable.Range(0, 30).Select(static i => $"{i:00}.bin"), 20 << 20) { Crc32 = "AAAAAA==" },
    ];

    /// <summary>The measured exports: with the default settings, and large objects with more parts at a time.</summary>
    private static readonly (string Name, (string Name, string Value)[] Settings, SimulatedBucket[] Buckets)[] Runs =
    [
        ("the defaults", [], [Known, Photos, Films]),
        ("EXPORT_CONCURRENCY=40", [("EXPORT_CONCURRENCY", "40")], [Films]),
    ];

    private readonly Targets _targets = new();
    private readonly MarkdownTable _table = new(
        "Export", "MB/s", "against one connection", "requests to the storage", "peak memory, MiB", "processor seconds for each GB: Egress", "the storage");

    /// <summary>Measures the exports, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        await using var storage = await SimulatedS3.StartAsync([Films, Photos, Known, .. WarmUps], Latency, BytesPerSecond);
        using var http = new HttpClient { BaseAddress = storage.Endpoint };
        var single = await SingleAsync(http);
        _table.Add("one connection, reading only", Samples.Number(single / Mega), "1", "", "", "", "");
        foreach (var (name, settings, buckets) in Runs)
        {
            await using var peer = await StartAsync(server, storage, settings);
            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{peer.Port}"), DefaultRequestHeaders = { { "X-Api-Key", Key } } };
            foreach (var bucket in WarmUps)
            {
                await ExportAsync(client, bucket);
            }

            foreach (var bucket in buckets)
            {
                await MeasureAsync(client, peer, storage, bucket, name, single);
            }
        }

        return $"{_targets}\n{_table}";
    }

    private async Task MeasureAsync(HttpClient client, Peer peer, SimulatedS3 storage, SimulatedBucket bucket, string name, double single)
    {
        var (requests, sent, received, own, others) = (
            storage.Requests, storage.BytesSent, storage.BytesReceived, peer.Tree.ProcessorSeconds, Environment.CpuUsage.TotalTime.TotalSeconds);
        await using var memory = new PeakMemory(peer.Tree);
        var start = Stopwatch.GetTimestamp();
        var state = await ExportAsync(client, bucket);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var length = state.GetProperty("length").GetInt64();
        var (speed, gigabytes) = (length / seconds, length / 1e9);
        var what = $"{bucket.Keys.Count} objects of {bucket.Size >> 20} MiB{(bucket.Crc32 is null ? "" : ", copied by the storage")}, {name}";
        var (ownCost, storageCost) = ((peer.Tree.ProcessorSeconds - own) / gigabytes, (Environment.CpuUsage.TotalTime.TotalSeconds - others) / gigabytes);
        _table.Add(
            what, Samples.Number(speed / Mega), $"{Samples.Number(speed / single)} ×", Samples.Number(storage.Requests - requests),
            Samples.Number(memory.Bytes / (double)(1 << 20)), Samples.Number(ownCost), Samples.Number(storageCost));
        _targets.AtLeast($"{what}, against one connection", bucket.Crc32 is null ? 10 : 50, speed / single);
        _targets.AtMost($"{what}, peak memory", 300, memory.Bytes / (double)(1 << 20), "MiB");
        Console.Error.WriteLine($"{what}: {speed / Mega:0} MB/s, {speed / single:0.0} x, read {storage.BytesSent - sent}, written {storage.BytesReceived - received}, peak {memory.Bytes >> 20} MiB, cpu {ownCost:0.00} + {storageCost:0.00} s/GB");
    }

    /// <returns>The final state of the export.</returns>
    private static async Task<JsonElement> ExportAsync(HttpClient client, SimulatedBucket bucket)
    {
        using var accepted = await client.PostAsJsonAsync("/exports", new { id = bucket.Name, key = $"{Guid.NewGuid():N}.zip" });
        var address = accepted.IsSuccessStatusCode
            ? accepted.Headers.Location!
            : throw new InvalidOperationException($"The export of {bucket.Name} was refused: {await accepted.Content.ReadAsStringAsync()}");
        JsonElement state;
        do
        {
            await Task.Delay(Interval);
            state = await client.GetFromJsonAsync<JsonElement>(address);
        }
        while (state.GetProperty("state").GetString() is "queued" or "running");

        if (state.GetProperty("state").GetString() != "completed")
        {
            throw new InvalidOperationException($"The export of {bucket.Name} did not complete: {state}");
        }

        return state;
    }

    private async Task<Peer> StartAsync(Executable server, SimulatedS3 storage, (string Name, string Value)[] settings)
    {
        var records = new EgressRecords(workspace["exports.db"]);
        await records.CreateAsync();
        foreach (var bucket in (SimulatedBucket[])[Films, Photos, Known, .. WarmUps])
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
                [
                    ("S3_ENDPOINT", storage.Endpoint.ToString()), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret"), ("COMPRESSION_LEVEL", "0"),
                    ("ADMIN_API_KEY", Key), ("EXPORT_BUCKETS", SimulatedUploads.Bucket), .. settings,
                ]));
    }

    /// <returns>The rate of a single connection in bytes per second.</returns>
    private static async Task<double> SingleAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{Films.Name}/{Films.Keys[0]}") { Headers = { Range = new(0, SingleLength - 1) } };
        var start = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await response.EnsureSuccessStatusCode().Content.CopyToAsync(Stream.Null);
        return SingleLength / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
