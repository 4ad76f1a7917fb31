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

/// <summary>The table of all settings of Egress.</summary>
internal static class SettingTable
{
    /// <summary>The groups of settings, in the order in which they are documented.</summary>
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

    /// <summary>The names and aliases of all settings, and the name of the variable with the path of the configuration file.</summary>
    public static FrozenSet<string> Names { get; } =
        Groups.SelectMany(group => group.Settings).SelectMany(setting => setting.Names)
            .Append("CONFIG_FILE")
            .ToFrozenSet(StringComparer.Ordinal);
}
