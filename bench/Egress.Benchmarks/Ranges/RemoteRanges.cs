using System.Globalization;
using Egress.Benchmarks.Http;
using Egress.Benchmarks.Remote;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>Measures ranges of an archive whose objects are in a storage with latency.</summary>
/// <param name="workspace">The folder for databases.</param>
/// <param name="rounds">Rounds that are counted.</param>
/// <param name="targets">Compares the measured values with the targets.</param>
internal sealed class RemoteRanges(Workspace workspace, int rounds, Targets targets)
{
    private const int Count = 10_000;
    private const int AtOnce = 64;
    private const int RangeLength = 1000;

    private const string FirstHead = "HEAD, the archive is not planned";
    private const string FirstRanges = "64 ranges at once, the archive is not planned";
    private const string Range = "a range of 1,000 bytes";

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(30);

    private static readonly SimulatedBucket Photos = new(
        "photos", Enumerable.Range(0, Count).Select(static i => string.Create(CultureInfo.InvariantCulture, $"2024/{i:00000}.jpg")), 100_000);

    /// <summary>Measures the builds in turn, and returns the table.</summary>
    /// <param name="builds">The builds. The targets apply to the first one.</param>
    public async Task<string> RunAsync(IReadOnlyList<RangeBuild> builds)
    {
        await using var storage = await SimulatedS3.StartAsync([Photos], Latency, double.PositiveInfinity);
        (string, string)[] settings = [("S3_ENDPOINT", storage.Endpoint.ToString()), ("S3_ACCESS_KEY_ID", "key"), ("S3_SECRET_ACCESS_KEY", "secret")];
        var roundTrip = await RoundTripAsync(storage);
        await using var servers = new RangeServers();
        foreach (var build in builds)
        {
            await servers.StartAsync(build, await RecordsAsync($"ranges-{servers.All.Count}.db"), settings);
        }

        for (var round = 0; round < rounds; round++)
        {
            foreach (var server in servers.All)
            {
                Console.Error.WriteLine($"Ranges at 30 ms, {server.Build.Name}, round {round + 1} of {rounds}");
                await MeasureAsync(server, storage, round);
            }
        }

        var costs = servers.All[0].Costs;
        targets.AtMost(
            "64 ranges at once, requests to the storage in addition to those of one plan, for each range", 2,
            (costs[FirstRanges].Requests.Median - costs[FirstHead].Requests.Median) / AtOnce, "");
        targets.AtMost("A range, the archive is planned: median first byte, beyond one round trip to the storage", 5, costs[Range].FirstByte.Median - roundTrip, "ms");
        targets.AtMost("HEAD at a second server with the same database, requests to the storage", 0, await SecondAsync(builds[0], storage, settings), "");
        return servers.Table($"{Count.ToString("N0", CultureInfo.InvariantCulture)} objects of 100 kB from S3 at 30 ms");
    }

    /// <summary>Each round has two new records, so that the first request for each of them plans its archive.</summary>
    private static async Task MeasureAsync(RangeServer server, SimulatedS3 storage, int round)
    {
        var (client, repetitions) = (server.Client, server.Build.IsOlder ? 3 : 50);
        var (path, other) = (EgressRecords.Link($"head-{round}"), EgressRecords.Link($"ranges-{round}"));
        RangeAnswer head = null!;
        await server.MeasureAsync(FirstHead, 1, () => storage.Requests, async _ => head = await client.HeadAsync(path));
        var (length, etag) = (head.Length!.Value, head.ETag!);
        await server.MeasureAsync("HEAD", repetitions, () => storage.Requests, _ => client.HeadAsync(path));
        await server.MeasureAsync("304", repetitions, () => storage.Requests, _ => client.NotModifiedAsync(path, etag));
        await server.MeasureAsync("the last byte", repetitions, () => storage.Requests, _ => client.RangeAsync(path, etag, null, 1));
        await server.MeasureAsync(Range, repetitions, () => storage.Requests, i => RangeAsync(path, etag, i, repetitions));
        await server.MeasureAtOnceAsync(FirstRanges, () => storage.Requests, AtOnce, i => RangeAsync(other, null, i, AtOnce));
        await server.MeasureAtOnceAsync("64 ranges at once", () => storage.Requests, AtOnce, i => RangeAsync(path, etag, i, AtOnce));

        Task<RangeAnswer> RangeAsync(string link, string? validator, int number, int count)
        {
            var from = RangeServer.StartOf(number, count, length);
            return client.RangeAsync(link, validator, from, from + RangeLength - 1);
        }
    }

    /// <returns>The number of requests to the storage for a HEAD, on a server whose manifest another server has stored in the database.</returns>
    private async Task<int> SecondAsync(RangeBuild build, SimulatedS3 storage, (string, string)[] settings)
    {
        var records = await RecordsAsync("ranges-shared.db");
        await using var servers = new RangeServers();
        var (first, second) = (await servers.StartAsync(build, records, settings), await servers.StartAsync(build, records, settings));
        var path = EgressRecords.Link("head-0");
        await first.Client.HeadAsync(path);
        await records.WaitForManifestAsync();
        var before = storage.Requests;
        await second.Client.HeadAsync(path);
        return storage.Requests - before;
    }

    private async Task<EgressRecords> RecordsAsync(string file)
    {
        var records = new EgressRecords(workspace[file]);
        await records.CreateAsync();
        for (var round = 0; round < rounds; round++)
        {
            await records.AddAsync($"head-{round}", Photos.Name, Photos.Keys);
            await records.AddAsync($"ranges-{round}", Photos.Name, Photos.Keys);
        }

        return records;
    }

    /// <returns>Milliseconds until the first byte of an object that is read without Egress.</returns>
    private static async Task<double> RoundTripAsync(SimulatedS3 storage)
    {
        using var client = new RangeClient(storage.Endpoint.Port);
        var times = new Samples();
        for (var i = 0; i < 50; i++)
        {
            times.Add((await client.GetAsync($"/{Photos.Name}/{Photos.Keys[i]}")).FirstByte.TotalMilliseconds);
        }

        return times.Median;
    }
}
