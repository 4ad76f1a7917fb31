using System.Diagnostics.Metrics;
using Egress.Backends;
using Egress.Downloads.Manifests;
using Egress.Storage.Local;
using Egress.Storage.Resilience;
using Egress.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Egress.Core.Tests.Telemetry;

/// <summary>The instruments of a single test, and their measurements.</summary>
internal sealed class TestMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<(string Series, double Value)> _measured = [];

    public TestMetrics()
    {
        Breaker = new CircuitBreaker(Backend.Storage, new CircuitBreakerOptions { Threshold = 1 }, new FakeTimeProvider(), NullLogger<CircuitBreaker>.Instance);
        Metrics = new EgressMetrics(Factory, "MySql", "Azure", Retries, StuckReads, [Breaker], Manifests);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, Factory.Meter))
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    public EgressMetrics Metrics { get; }

    public StorageRetries Retries { get; } = new();

    public StuckReads StuckReads { get; } = new();

    public ManifestCounts Manifests { get; } = new();

    public CircuitBreaker Breaker { get; }

    public List<Instrument> Instruments { get; } = [];

    /// <summary>Called for each measurement, with the series.</summary>
    public Action<string>? Measured { get; set; }

    private OneMeter Factory { get; } = new();

    /// <summary>Returns the series that are not zero: the current values of counters and gauges, and the recorded values of histograms.</summary>
    public IReadOnlyDictionary<string, double> NotZero() => All().Where(series => series.Value != 0).ToDictionary();

    /// <summary>Returns every series, including those that are zero.</summary>
    public IReadOnlyDictionary<string, double> All()
    {
        _listener.RecordObservableInstruments();
        var observed = Instruments.Where(instrument => instrument.IsObservable).Select(instrument => instrument.Name).ToHashSet();
        return _measured.GroupBy(m => m.Series).ToDictionary(
            g => g.Key, g => observed.Contains(g.Key.Split('{')[0]) ? g.Last().Value : g.Sum(m => m.Value));
    }

    public void Dispose()
    {
        _listener.Dispose();
        Metrics.Dispose();
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}");
        var series = tags.IsEmpty ? instrument.Name : $"{instrument.Name}{{{string.Join(',', labels)}}}";
        _measured.Add((series, value));
        Measured?.Invoke(series);
    }

    private sealed class OneMeter : IMeterFactory
    {
        public Meter? Meter { get; private set; }

        public Meter Create(MeterOptions options) => Meter = new Meter(options);

        public void Dispose() => Meter?.Dispose();
    }
}
