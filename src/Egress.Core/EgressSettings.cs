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
    /// <summary>Where download records are kept.</summary>
    public required RecordStoreOptions Records { get; init; }

    /// <summary>Where the objects are kept.</summary>
    public required StorageOptions Storage { get; init; }

    /// <summary>Retries and time limits of the storage.</summary>
    public required ResilienceOptions Resilience { get; init; }

    /// <summary>When the breakers of storage and database open.</summary>
    public required CircuitBreakerOptions CircuitBreaker { get; init; }

    /// <summary>What a download may contain and use.</summary>
    public required DownloadOptions Downloads { get; init; }

    /// <summary>How manifests are kept.</summary>
    public required ManifestOptions Manifests { get; init; }

    /// <summary>What a link must prove.</summary>
    public required SigningOptions Signing { get; init; }

    /// <summary>Who may use the API of links.</summary>
    public required LinkOptions Links { get; init; }

    /// <summary>How the pages for people look.</summary>
    public required PageOptions Page { get; init; }

    /// <summary>Where callbacks wait and how they are delivered.</summary>
    public required CallbackOptions Callbacks { get; init; }

    /// <summary>Where archives may be exported to.</summary>
    public required ExportOptions Exports { get; init; }

    /// <summary>When the health probe runs.</summary>
    public required HealthOptions Health { get; init; }

    /// <summary>Where metrics go.</summary>
    public required TelemetryOptions Telemetry { get; init; }

    /// <summary>How much one client may request.</summary>
    public required ClientLimitOptions ClientLimits { get; init; }

    /// <summary>Options of the plain server; the defaults in every other host.</summary>
    public required ServerOptions Server { get; init; }

    /// <summary>Which parts the plain server provides itself.</summary>
    public required EmbeddedDefaults Embedded { get; init; }

    /// <summary>Values that are valid, but probably not meant: logged at the start.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Every setting that this host reads, with the value in effect.</summary>
    public required IReadOnlyList<EffectiveSetting> InForce { get; init; }

    /// <summary>What the settings leave open to everyone: logged at each start, one line each.</summary>
    public IReadOnlyList<string> SecurityWarnings { get; init; } = [];

    /// <summary>Path of the configuration file that was read; null when the environment is all.</summary>
    public string? ConfigFile { get; init; }
}
