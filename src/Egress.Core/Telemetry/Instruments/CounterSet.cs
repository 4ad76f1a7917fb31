using System.Collections.Frozen;
using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>
/// A counter whose series all exist from the start with the value zero, because an alert can only detect the first failure as an increase from zero.
/// Exporters read the counts at each collection, so that counts from before the first collection are not lost. Thread-safe.
/// </summary>
internal sealed class CounterSet
{
    private readonly FrozenDictionary<string, int> _index;
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly long[] _counts;

    /// <summary>Creates a counter without labels.</summary>
    public CounterSet(Meter meter, string name, string description)
    {
        (_index, _tags, _counts) = (FrozenDictionary<string, int>.Empty, [], new long[1]);
        meter.CreateObservableCounter(name, Value, unit: null, description);
    }

    /// <summary>Creates a counter with one label.</summary>
    /// <param name="meter">The meter of the counter.</param>
    /// <param name="name">Its name in the Prometheus text.</param>
    /// <param name="description">What it counts.</param>
    /// <param name="label">Name of the label.</param>
    /// <param name="values">Every value that the label can have.</param>
    public CounterSet(Meter meter, string name, string description, string label, params IReadOnlyList<string> values)
    {
        _index = values.Select(static (value, index) => (value, index)).ToFrozenDictionary(static v => v.value, static v => v.index);
        _tags = [.. values.Select(value => new KeyValuePair<string, object?>(label, value))];
        _counts = new long[values.Count];
        meter.CreateObservableCounter(name, Values, unit: null, description);
    }

    /// <summary>Increments the only series of a counter without labels.</summary>
    public void Add() => Interlocked.Increment(ref _counts[0]);

    /// <summary>Increments one series.</summary>
    /// <exception cref="KeyNotFoundException">The label cannot have that value.</exception>
    public void Add(string value) => Interlocked.Increment(ref _counts[_index[value]]);

    /// <summary>Increments one series.</summary>
    /// <param name="index">Index of the label's value in the list given to the constructor.</param>
    public void Add(int index) => Interlocked.Increment(ref _counts[index]);

    /// <summary>Whether the label can have a value.</summary>
    public bool Has(string value) => _index.ContainsKey(value);

    private long Value() => Interlocked.Read(ref _counts[0]);

    private Measurement<long>[] Values() =>
        [.. _tags.Select((tag, index) => new Measurement<long>(Interlocked.Read(ref _counts[index]), tag))];
}
