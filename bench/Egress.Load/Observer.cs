using System.Globalization;
using Egress.TestKit;

namespace Egress.Load;

/// <summary>Records the memory and the metrics of the server every few seconds.</summary>
internal sealed class Observer(EgressServer server)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly List<Sample> _samples = [];

    /// <summary>The observations so far.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Counts the log lines of the server with an event id and a text.</summary>
    /// <param name="id">The event id.</param>
    /// <param name="text">The text that the line must contain.</param>
    public int Events(int id, string text = "storage") => server.Process.Log.Lines.Count(line =>
        line.Contains($"\"EventId\":{id},", StringComparison.Ordinal) && line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Observes the server until it is canceled.</summary>
    /// <param name="elapsed">Returns the time since the start of the test.</param>
    /// <param name="cancellationToken">Ends the observation when it is canceled.</param>
    public async Task RunAsync(Func<TimeSpan> elapsed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                _samples.Add(new Sample(elapsed(), server.Process.ResidentBytes, await ScrapeAsync()));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run has ended.
        }
    }

    /// <summary>Reads the metrics of the server: the value of each series.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ScrapeAsync() => (
        from line in (await server.Client.GetStringAsync("/metrics")).Split('\n')
        where line.StartsWith("egress_", StringComparison.Ordinal) || line.StartsWith("dotnet_gc_", StringComparison.Ordinal)
        let end = line.LastIndexOf('}') is var brace and >= 0 ? brace + 1 : line.IndexOf(' ', StringComparison.Ordinal)
        select KeyValuePair.Create(
            line[..end].Replace("{}", "", StringComparison.Ordinal),
            double.Parse(line[end..].Trim().Split(' ')[0], CultureInfo.InvariantCulture))).ToDictionary();
}

/// <summary>One observation of the server.</summary>
/// <param name="At">Time since the start of the test.</param>
/// <param name="ResidentBytes">Memory of the server (resident set) in bytes.</param>
/// <param name="Metrics">The value of each series.</param>
internal sealed record Sample(TimeSpan At, long ResidentBytes, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>Value of a series; zero if the series does not exist.</summary>
    public double this[string series] => Metrics.GetValueOrDefault(series);

    /// <summary>Managed memory that survived the last garbage collection, in bytes.</summary>
    public double Heap => Metrics
        .Where(static series => series.Key.StartsWith("dotnet_gc_last_collection_heap_size_bytes", StringComparison.Ordinal))
        .Sum(static series => series.Value);
}
