namespace Egress.Telemetry;

/// <summary>The destinations of metrics and traces.</summary>
public sealed record TelemetryOptions
{
    /// <summary>Whether the route <c>/metrics</c> exists. In the Functions app it exists only if <see cref="Credentials"/> are set.</summary>
    public bool HasPage { get; init; } = true;

    /// <summary>The credentials that <c>/metrics</c> requires; null for none.</summary>
    public MetricsCredentials? Credentials { get; init; }

    /// <summary>A port on the loopback interface where a sidecar may scrape metrics without credentials; null for none.</summary>
    public int? ListenerPort { get; init; }

    /// <summary>Whether each request for a download is logged with the address and user agent of its client.</summary>
    public bool AccessLog { get; init; } = true;

    /// <summary>
    /// The <c>OTEL_*</c> variables, which configure the OpenTelemetry SDK. If they contain an OTLP endpoint, metrics and traces are pushed to it.
    /// </summary>
    public IReadOnlyDictionary<string, string> OpenTelemetry { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether metrics are pushed to an OTLP endpoint.</summary>
    internal bool PushesMetrics => Pushes("METRICS");

    /// <summary>Whether traces are recorded and pushed to an OTLP endpoint.</summary>
    internal bool PushesTraces => Pushes("TRACES");

    private bool Pushes(string signal) =>
        OpenTelemetry.ContainsKey("OTEL_EXPORTER_OTLP_ENDPOINT") || OpenTelemetry.ContainsKey($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
}

/// <summary>The user name and password for <c>/metrics</c>.</summary>
/// <param name="Username">Name, without a colon.</param>
/// <param name="Password">Password.</param>
public sealed record MetricsCredentials(string Username, string Password)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(MetricsCredentials);
}
