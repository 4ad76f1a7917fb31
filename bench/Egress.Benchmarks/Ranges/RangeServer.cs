using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>A running build of Egress, and the measured cost of its requests.</summary>
internal sealed class RangeServer : IAsyncDisposable
{
    private readonly Peer _peer;

    private RangeServer(RangeBuild build, Peer peer) => (Build, _peer, Client) = (build, peer, new RangeClient(peer.Port));

    /// <summary>The build that is running.</summary>
    public RangeBuild Build { get; }

    /// <summary>The processes of the server.</summary>
    public ProcessTree Tree => _peer.Tree;

    /// <summary>The client of the server.</summary>
    public RangeClient Client { get; }

    /// <summary>The measurements by name, in the order of the first measurement.</summary>
    public OrderedDictionary<string, RangeCost> Costs { get; } = [];

    /// <summary>Starts a server.</summary>
    /// <param name="build">The build.</param>
    /// <param name="records">The records that the server uses.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<RangeServer> StartAsync(RangeBuild build, EgressRecords records, params (string Name, string Value)[] settings) =>
        new(build, await Peer.StartAsync(
            build.Name, build.Program, static _ => [], "Egress listens on port", static (_, _) => null, port => records.Settings(port, settings)));

    /// <summary>Returns the first byte of one of several ranges, which are distributed evenly over the content of the archive.</summary>
    /// <param name="number">The number of the range, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="length">Length of the archive. The directory is less than the last 2 % of it.</param>
    public static long StartOf(int number, int count, long length) => (long)(length * 0.98 * (number + 0.5) / count);

    /// <summary>Sends requests one after the other, and measures the cost of each.</summary>
    /// <param name="what">The name of the measurement.</param>
    /// <param name="count">The number of requests.</param>
    /// <param name="requests">Returns the number of requests to the storage so far; null if they are not counted.</param>
    /// <param name="send">Sends a request.</param>
    public async Task MeasureAsync(string what, int count, Func<int>? requests, Func<int, Task<RangeAnswer>> send)
    {
        var (cost, before, used) = (CostOf(what), requests?.Invoke(), Tree.ProcessorSeconds);
        for (var i = 0; i < count; i++)
        {
            cost.FirstByte.Add((await send(i)).FirstByte.TotalMilliseconds);
        }

        cost.Add(Tree.ProcessorSeconds - used, requests?.Invoke() - before, count);
    }

    /// <summary>Sends requests at the same time, and measures their total cost.</summary>
    /// <param name="what">The name of the measurement.</param>
    /// <param name="requests">Returns the number of requests to the storage so far.</param>
    /// <param name="count">The number of requests.</param>
    /// <param name="send">Sends a request.</param>
    public async Task MeasureAtOnceAsync(string what, Func<int> requests, int count, Func<int, Task<RangeAnswer>> send)
    {
        var (cost, before, used) = (CostOf(what), requests(), Tree.ProcessorSeconds);
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, count).Select(send)))
        {
            cost.FirstByte.Add(answer.FirstByte.TotalMilliseconds);
        }

        cost.Add(Tree.ProcessorSeconds - used, requests() - before, 1);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _peer.DisposeAsync();
    }

    private RangeCost CostOf(string what)
    {
        Costs.TryAdd(what, new RangeCost());
        return Costs[what];
    }
}

/// <summary>The cost of the requests of one kind.</summary>
internal sealed record RangeCost
{
    /// <summary>Milliseconds to the first byte of each request.</summary>
    public Samples FirstByte { get; } = new();

    /// <summary>Milliseconds of processor time per request, or of all requests that were sent at the same time.</summary>
    public Samples Processor { get; } = new();

    /// <summary>Requests to the storage; empty if they are not counted.</summary>
    public Samples Requests { get; } = new();

    /// <summary>Adds the cost of several requests.</summary>
    public void Add(double seconds, int? requests, double count)
    {
        Processor.Add(seconds * 1000 / count);
        if (requests is { } counted)
        {
            Requests.Add(counted / count);
        }
    }
}
