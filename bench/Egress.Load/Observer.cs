using System.Globalization;
using Egress.TestKit;

namespace Egress.Load;

/// <summary>Looks at the server every few seconds: its memory, and what its metrics say.</summary>
internal sealed class Observer(EgressServer server)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly List<Sample> _samples = [];

    /// <summary>What was seen so far.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Lines of the server's log with an event about the storage.</summary>
    /// <param name="id">The event.</param>
    /// <param name="text">What else the line holds.</param>
    public int Events(int id, string text = "storage") => server.Process.Log.Lines.Count(line =>
        line.Contains($"\"EventId\":{id},", StringComparison.Ordinal) && line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Observes until it is cancelled.</summary>
    /// <param name="elapsed">Time since the start.</param>
    /// <param name="cancellationToken">Stops.</param>
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
            // Seen enough.
        }
    }

    /// <summary>Every series that the server shows.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ScrapeAsync() => (
        from line in (await server.Client.GetStringAsync("/metrics")).Split('\n')
        where line.StartsWith("egress_", StringComparison.Ordinal) || line.StartsWith("dotnet_gc_", StringComparison.Ordinal)
        let end = line.LastIndexOf('}') is var brace and >= 0 ? brace + 1 : line.IndexOf(' ', StringComparison.Ordinal)
        select KeyValuePair.Create(
            line[..end].Replace("{}", "", StringComparison.Ordinal),
            double.Parse(line[end..].Trim().Split(' ')[0], CultureInfo.InvariantCulture))).ToDictionary();
}

/// <summary>The server at one moment.</summary>
/// <param name="At">Since the start.</param>
/// <param name="ResidentBytes">Its memory.</param>
/// <param name="Metrics">Its metrics.</param>
internal sealed record Sample(TimeSpan At, long ResidentBytes, IReadOnlyDictionary<string, double> Metrics)
{
    /// <summary>Value of a series, zero when there is none.</summary>
    public double this[string series] => Metrics.GetValueOrDefault(series);

    /// <summary>Managed memory that was alive at the last collection, in bytes.</summary>
    public double Heap => Metrics
        .Where(static series => series.Key.StartsWith("dotnet_gc_last_collection_heap_size_bytes", StringComparison.Ordinal))
        .Sum(static series => series.Value);
}
