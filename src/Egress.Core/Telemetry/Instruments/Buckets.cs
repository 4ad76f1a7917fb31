using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>The upper bounds of histogram buckets.</summary>
internal static class Buckets
{
    /// <summary>Bounds for durations in seconds, from a query on the same machine to a download of half an hour.</summary>
    public static InstrumentAdvice<double> Seconds { get; } = Of(
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800);

    /// <summary>Bounds for sizes in bytes, from 1 KiB to 16 TiB, each four times the previous one.</summary>
    public static InstrumentAdvice<long> Bytes { get; } = new()
    {
        HistogramBucketBoundaries = [.. Enumerable.Range(5, 18).Select(static power => 1L << (2 * power))],
    };

    /// <summary>Bounds for the number of files of one download.</summary>
    public static InstrumentAdvice<long> Files { get; } = new()
    {
        HistogramBucketBoundaries = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
    };

    /// <summary>
    /// Bounds for the size of an archive divided by the size of its objects. The ratio is below 1 if Deflate helps, a little above 1 for stored
    /// entries, and far above 1 for tiny files.
    /// </summary>
    public static InstrumentAdvice<double> Ratio { get; } = Of(0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1, 1.01, 1.1, 1.5, 2, 5);

    private static InstrumentAdvice<double> Of(params IReadOnlyList<double> bounds) => new() { HistogramBucketBoundaries = bounds };
}
