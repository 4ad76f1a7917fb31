using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>Creates histograms. They have no unit, because exporters would append it to the name.</summary>
internal static class Histograms
{
    /// <summary>Creates a histogram.</summary>
    public static Histogram<T> Histogram<T>(this Meter meter, string name, string description, InstrumentAdvice<T> advice) where T : struct =>
        meter.CreateHistogram(name, unit: null, description, tags: null, advice);
}
