using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Remote;
using Egress.Benchmarks.Report;
using Egress.TestKit;
using Egress.TestKit.Processes;

namespace Egress.Benchmarks.SmallObjects;

/// <summary>
/// Compares the processor time of downloads of small objects, from a storage without latency, with that of reading the objects with
/// <see cref="HttpClient"/> alone.
/// </summary>
/// <param name="workspace">The published servers.</param>
/// <param name="rounds">Number of rounds that are counted.</param>
/// <param name="baseline">An older build of the server, which is measured in turn; null for none.</param>
internal sealed class SmallObjectComparison(Workspace workspace, int rounds, Executable? baseline)
{
    private const string Loop = "HttpClient and CRC-32";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly SinkClient _client = new();
    private readonly Targets _targets = new();
    private readonly List<string> _tables = [];
    private int _servers;

    /// <summary>Measures the downloads, and returns the report.</summary>
    /// <param name="server">The published server.</param>
    public async Task<string> RunAsync(Executable server)
    {
        var port = FreePort.Next();
        var endpoint = new Uri($"http://127.0.0.1:{port}");
        await using var storage = await Peer.StartAsync(
            "storage", Workspace.Require("dotnet"), _ => [typeof(Peer).Assembly.Location, "serve-objects", Text(port)], "listening", static (_, _) => null);
        await using var loop = await Peer.StartAsync(
            Loop, Workspace.Require("dotnet"), own => [typeof(Peer).Assembly.Location, "read-objects", endpoint.ToString(), Text(own)], "listening", static (_, _) => null);
        (string, string)[] s3 = [("S3_ENDPOINT", endpoint.ToString()), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret")];
        (string, string)[] azure = [("AZURE_STORAGE_CONNECTION_STRING", SimulatedAzure.ConnectionString(endpoint))];
        await MeasureAsync("S3", server, loop, s3);
        await MeasureAsync("Azure Blob Storage", server, loop, azure);
        return $"{_targets}\n{string.Join('\n', _tables)}";
    }

    private async Task MeasureAsync(string storage, Executable server, Peer loop, (string Name, string Value)[] settings)
    {
        await using var egress = await StartAsync("Egress", server, settings);
        await using var older = baseline is null ? null : await StartAsync("Egress, the older build", baseline, settings);
        foreach (var bucket in SmallObjectSets.All)
        {
            var jobs = new List<CostJob>
            {
                Download(egress, bucket),
                new(loop.Name, loop.Tree, () => ReadAsync(loop, bucket, "")),
                new($"{loop.Name}, and sending the bytes", loop.Tree, () => ReadAsync(loop, bucket, "?send")),
            };
            if (older is not null)
            {
                jobs.Add(Download(older, bucket));
            }

            await CostJob.MeasureInTurnAsync(jobs, rounds);
            var title = $"{bucket.Keys.Count.ToString("N0", CultureInfo.InvariantCulture)} objects of {bucket.Size >> 10} KiB from {storage}";
            _tables.Add(CostJob.Table(title, jobs, bucket.Keys.Count));
            if (storage == "S3")
            {
                _targets.AtMost($"{title}, processor time against {Loop}", bucket == SmallObjectSets.Middle ? 2 : 1.8, jobs[0].RatioTo(jobs[1]));
            }
            else if (older is not null)
            {
                _targets.AtMost($"{title}, processor time against the older build", 0.6, jobs[0].RatioTo(jobs[3]));
            }
        }
    }

    private CostJob Download(Peer egress, SimulatedBucket bucket) => new(
        egress.Name, egress.Tree, () => Task.Run(() => _client.Get(egress.Port, EgressRecords.Link(bucket.Name), bucket.Keys.Count, Limit)));

    private static async Task ReadAsync(Peer loop, SimulatedBucket bucket, string query)
    {
        using var http = new HttpClient();
        await using var body = await http.GetStreamAsync($"http://127.0.0.1:{loop.Port}/{bucket.Name}{query}");
        await body.CopyToAsync(Stream.Null);
    }

    private async Task<Peer> StartAsync(string name, Executable server, (string Name, string Value)[] settings)
    {
        var records = new EgressRecords(workspace[$"small-objects-{++_servers}.db"]);
        await records.CreateAsync();
        foreach (var bucket in SmallObjectSets.All)
        {
            await records.AddAsync(bucket.Name, bucket.Name, bucket.Keys);
        }

        return await Peer.StartAsync(
            name, server, static _ => [], "Egress listens on port", static (_, _) => null, port => records.Settings(port, settings));
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
