using Egress.Benchmarks.Http;
using Egress.Benchmarks.Report;

namespace Egress.Benchmarks.Ranges;

/// <summary>A running build of Egress, and what its requests took.</summary>
internal sealed class RangeServer : IAsyncDisposable
{
    private readonly Peer _peer;

    private RangeServer(RangeBuild build, Peer peer) => (Build, _peer, Client) = (build, peer, new RangeClient(peer.Port));

    /// <summary>The build.</summary>
    public RangeBuild Build { get; }

    /// <summary>Its processes.</summary>
    public ProcessTree Tree => _peer.Tree;

    /// <summary>Its client.</summary>
    public RangeClient Client { get; }

    /// <summary>What was measured, by name, in the order of the first measurement.</summary>
    public OrderedDictionary<string, RangeCost> Costs { get; } = [];

    /// <summary>Starts a server.</summary>
    /// <param name="build">The build.</param>
    /// <param name="records">Its records.</param>
    /// <param name="settings">More settings.</param>
    public static async Task<RangeServer> StartAsync(RangeBuild build, EgressRecords records, params (string Name, string Value)[] settings) =>
        new(build, await Peer.StartAsync(
            build.Name, build.Program, static _ => [], "Egress listens on port", static (_, _) => null, port => records.Settings(port, settings)));

    /// <summary>Where one of several ranges begins, spread over the content of the archive.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="length">Length of the archive. Less than its last 2 % are the directory.</param>
    public static long StartOf(int number, int count, long length) => (long)(length * 0.98 * (number + 0.5) / count);

    /// <summary>Sends requests one after the other, and takes what each of them cost.</summary>
    /// <param name="what">What they do.</param>
    /// <param name="count">How many.</param>
    /// <param name="requests">Returns the requests to the storage so far; null where they are not counted.</param>
    /// <param name="send">Sends one.</param>
    public async Task MeasureAsync(string what, int count, Func<int>? requests, Func<int, Task<RangeAnswer>> send)
    {
        var (cost, before, used) = (CostOf(what), requests?.Invoke(), Tree.ProcessorSeconds);
        for (var i = 0; i < count; i++)
        {
            cost.FirstByte.Add((await send(i)).FirstByte.TotalMilliseconds);
        }

        cost.Add(Tree.ProcessorSeconds - used, requests?.Invoke() - before, count);
    }

    /// <summary>Sends requests at once, and takes what all of them cost together.</summary>
    /// <param name="what">What they do.</param>
    /// <param name="requests">Returns the requests to the storage so far.</param>
    /// <param name="count">How many.</param>
    /// <param name="send">Sends one.</param>
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

/// <summary>What requests of one kind cost.</summary>
internal sealed record RangeCost
{
    /// <summary>Milliseconds to the first byte of each.</summary>
    public Samples FirstByte { get; } = new();

    /// <summary>Milliseconds of processor time.</summary>
    public Samples Processor { get; } = new();

    /// <summary>Requests to the storage; empty where they are not counted.</summary>
    public Samples Requests { get; } = new();

    /// <summary>Adds what several requests took.</summary>
    public void Add(double seconds, int? requests, double count)
    {
        Processor.Add(seconds * 1000 / count);
        if (requests is { } counted)
        {
            Requests.Add(counted / count);
        }
    }
}
