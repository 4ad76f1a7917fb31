using System.Collections.Frozen;
using Egress.Callbacks;
using Egress.Downloads.Manifests;
using Egress.Downloads;
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

/// <summary>Every setting that Egress knows.</summary>
internal static class SettingTable
{
    /// <summary>The groups, in the order in which they are documented.</summary>
    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        RecordSettings.Group,
        StorageSettings.Group,
        ResilienceSettings.Group,
        SigningSettings.Group,
        LinkSettings.Group,
        PageSettings.Group,
        ExportSettings.Group,
        ArchiveSettings.Group,
        DownloadLimitSettings.Group,
        ManifestSettings.Group,
        ClientLimitSettings.Group,
        CallbackSettings.Group,
        HealthSettings.Group,
        TelemetrySettings.Group,
        ServerSettings.Group,
    ];

    /// <summary>Every name and alias, and the variable that names the configuration file.</summary>
    public static FrozenSet<string> Names { get; } =
        Groups.SelectMany(group => group.Settings).SelectMany(setting => setting.Names)
            .Append("CONFIG_FILE")
            .ToFrozenSet(StringComparer.Ordinal);
}
