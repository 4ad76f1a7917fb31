using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>
/// Collects durations and records them in a histogram in batches. Copying an object evicts the histogram from the CPU caches, so recording a batch
/// costs much less than recording each duration alone. A batch ends when it is full, when the durations in it add up to <see cref="MostTime"/>, and
/// at the end of a request. Thread-safe.
/// </summary>
/// <param name="histogram">The histogram, in seconds.</param>
/// <param name="labels">The labels of each series of the histogram.</param>
internal sealed class DeferredDurations(Histogram<double> histogram, TagList[] labels)
{
    private const int MostWaiting = 256;

    /// <summary>
    /// The sum of the durations at which a batch is recorded, in seconds. So a slow operation, which may have to raise an alert, is recorded
    /// immediately.
    /// </summary>
    private const double MostTime = 1;

    private readonly Lock _lock = new();
    private readonly (int Series, double Seconds)[] _waiting = new (int, double)[MostWaiting];
    private int _count;
    private double _seconds;

    /// <summary>Adds a duration.</summary>
    /// <param name="series">The index of its labels in the list that was passed to the constructor.</param>
    /// <param name="duration">The duration.</param>
    public void Add(int series, TimeSpan duration)
    {
        lock (_lock)
        {
            _waiting[_count++] = (series, duration.TotalSeconds);
            _seconds += duration.TotalSeconds;
            if (_count == MostWaiting || _seconds >= MostTime)
            {
                RecordAll();
            }
        }
    }

    /// <summary>Records the durations of the unfinished batch.</summary>
    public void Record()
    {
        lock (_lock)
        {
            RecordAll();
        }
    }

    private void RecordAll()
    {
        foreach (var (series, seconds) in _waiting.AsSpan(0, _count))
        {
            histogram.Record(seconds, labels[series]);
        }

        (_count, _seconds) = (0, 0);
    }
}
