using System.Diagnostics.Metrics;

namespace Egress.Telemetry.Instruments;

/// <summary>The instruments of the health check. A component has no series until this process has checked it. Thread-safe.</summary>
internal sealed class HealthInstruments
{
    private static readonly string[] Components = ["database", "storage", "callbacks", "zip"];

    private readonly CounterSet _failed;
    private readonly int[] _health = new int[Components.Length];

    public HealthInstruments(Meter meter)
    {
        _failed = new(meter, "egress_health_checks_failed_total", "Failed checks of the health probe.", "component", Components);
        meter.CreateObservableGauge(
            "egress_health_status", Health, unit: null, "1 when the component worked at the last health probe, else 0.");
    }

    /// <inheritdoc cref="EgressMetrics.HealthChecked"/>
    public void Checked(string component, bool healthy)
    {
        Volatile.Write(ref _health[Array.IndexOf(Components, component)], healthy ? 1 : -1);
        if (!healthy)
        {
            _failed.Add(component);
        }
    }

    private IEnumerable<Measurement<int>> Health() =>
        from component in Components.Index()
        let health = Volatile.Read(ref _health[component.Index])
        where health != 0
        select new Measurement<int>(health > 0 ? 1 : 0, new KeyValuePair<string, object?>("component", component.Item));
}
