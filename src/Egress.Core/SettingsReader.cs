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

/// <summary>Reads and checks all settings.</summary>
public static class SettingsReader
{
    /// <summary>Reads the settings of a host. The result depends only on the source, the profile, and the targets of symbolic links in paths.</summary>
    /// <param name="source">Where the settings come from.</param>
    /// <param name="host">The profile of the host.</param>
    /// <exception cref="SettingsException">At least one setting is faulty. The message lists all of them.</exception>
    public static EgressSettings Read(SettingSource source, HostProfile host)
    {
        var binder = new SettingBinder(source);
        var server = host.IsServer ? ServerSettings.Bind(binder) : new ServerOptions();
        var embedded = EmbeddedParts.Decide(binder, host, server.DataDirectory);
        var downloads = DownloadLimitSettings.Bind(binder, host, ArchiveSettings.Bind(binder));
        var callbacks = CallbackSettings.Bind(binder, host, server.DataDirectory);
        var settings = new EgressSettings
        {
            Records = RecordSettings.Bind(binder, host, embedded) with { MaxObjects = MostObjects(downloads) },
            Storage = StorageSettings.Bind(binder, embedded),
            Resilience = ResilienceSettings.Bind(binder, host),
            CircuitBreaker = ResilienceSettings.BindBreaker(binder),
            Signing = SigningSettings.Bind(binder, embedded),
            Links = LinkSettings.Bind(binder),
            Page = PageSettings.Bind(binder),
            Downloads = downloads,
            Manifests = ManifestSettings.Bind(binder),
            Callbacks = callbacks,
            Exports = ExportSettings.Bind(binder, host, callbacks, server.DataDirectory),
            Health = HealthSettings.Bind(binder, host),
            Telemetry = TelemetrySettings.Bind(binder, host),
            ClientLimits = ClientLimitSettings.Bind(binder, host),
            Server = server,
            Embedded = embedded,
            Warnings = [.. source.WarnOfUnknown(SettingTable.Names), .. binder.Warnings],
            InForce = binder.InForce,
            ConfigFile = source.ConfigFile,
        };
        LocalStorageCheck.Check(binder, settings, host);
        return binder.Faults.Count == 0
            ? settings with { SecurityWarnings = [.. Egress.SecurityWarnings.Of(settings)] }
            : throw new SettingsException(binder.Faults);
    }

    /// <summary>Returns the variables of the configuration file that are not settings of Egress and are not set in the environment.</summary>
    /// <remarks>Users expect that SDKs read them (<c>AWS_PROFILE</c>), so the plain server puts them into the environment of its process.</remarks>
    /// <param name="source">Where the settings come from.</param>
    public static IReadOnlyDictionary<string, string> Foreign(SettingSource source) => source.ForeignTo(SettingTable.Names);

    /// <summary>
    /// Returns the largest number of objects that a record may name; zero is unlimited. It is unlimited if files are filtered by extension, because a
    /// record may then name more objects than its archive has.
    /// </summary>
    private static int MostObjects(DownloadOptions downloads) =>
        downloads.AllowedExtensions.Count + downloads.BlockedExtensions.Count == 0 ? downloads.MaxFilesPerRequest : 0;
}
