using Egress.Backends;
using Egress.Callbacks;
using Egress.Downloads;
using Egress.Downloads.Manifests;
using Egress.Exports;
using Egress.Health;
using Egress.Hosting;
using Egress.Http.Requests;
using Egress.Http.Pages;
using Egress.Links;
using Egress.Records;
using Egress.Settings;
using Egress.Signing;
using Egress.Storage;
using Egress.Storage.Resilience;
using Egress.Telemetry;

namespace Egress;

/// <summary>All settings, read and checked: the options of each feature, and warnings for the operator.</summary>
public sealed record EgressSettings
{
    /// <summary>The store of download records.</summary>
    public required RecordStoreOptions Records { get; init; }

    /// <summary>The storage of the objects.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary>Retries and time limits of the storage.</summary>
    public required ResilienceOptions Resilience { get; init; }

    /// <summary>Options that the circuit breakers of the storage and of the database share.</summary>
    public required CircuitBreakerOptions CircuitBreaker { get; init; }

    /// <summary>Content and limits of downloads.</summary>
    public required DownloadOptions Downloads { get; init; }

    /// <summary>The cache of manifests.</summary>
    public required ManifestOptions Manifests { get; init; }

    /// <summary>Signatures and expiry of links.</summary>
    public required SigningOptions Signing { get; init; }

    /// <summary>The API keys.</summary>
    public required LinkOptions Links { get; init; }

    /// <summary>The appearance of the HTML pages.</summary>
    public required PageOptions Page { get; init; }

    /// <summary>The queue of callbacks and their delivery.</summary>
    public required CallbackOptions Callbacks { get; init; }

    /// <summary>Destinations and limits of exports.</summary>
    public required ExportOptions Exports { get; init; }

    /// <summary>The schedule of the health check.</summary>
    public required HealthOptions Health { get; init; }

    /// <summary>The destinations of metrics and traces.</summary>
    public required TelemetryOptions Telemetry { get; init; }

    /// <summary>The limits for each client.</summary>
    public required ClientLimitOptions ClientLimits { get; init; }

    /// <summary>Options of the plain server; the defaults in every other host.</summary>
    public required ServerOptions Server { get; init; }

    /// <summary>The parts that the plain server provides itself, because no setting configures them.</summary>
    public required EmbeddedDefaults Embedded { get; init; }

    /// <summary>Warnings about values that are valid but probably a mistake. They are logged when the host starts.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Every setting that this host reads, with its effective value.</summary>
    public required IReadOnlyList<EffectiveSetting> InForce { get; init; }

    /// <summary>Warnings about insecure settings. Each is logged as one line whenever the host starts.</summary>
    public IReadOnlyList<string> SecurityWarnings { get; init; } = [];

    /// <summary>Path of the configuration file that was read; null if there was none.</summary>
    public string? ConfigFile { get; init; }
}
