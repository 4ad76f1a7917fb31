
namespace Egress.Settings;

/// <summary>Reads and checks all settings.</summary>
public static class SettingsReader
{
    /// <summary>Reads the settings of a host. Pure: looks at nothing but the source and the profile.</summary>
    /// <param name="source">Where the settings come from.</param>
    /// <param name="host">What differs from host to host.</param>
    /// <exception cref="SettingsException">At least one setting is faulty; the message lists every one.</exception>
    public static EgressSettings Read(SettingSource source, HostProfile host)
    {
        var binder = new SettingBinder(source);
        var embedded = EmbeddedDefaults.Decide(binder, host);
        var server = host.IsServer ? ServerSettings.Bind(binder) : new ServerOptions();
        var settings = new EgressSettings
        {
            Records = RecordSettings.Bind(binder, host, server, embedded),
            Storage = StorageSettings.Bind(binder, server, embedded),
            Resilience = ResilienceSettings.Bind(binder, host),
            CircuitBreaker = ResilienceSettings.BindBreaker(binder),
            Signing = SigningSettings.Bind(binder, embedded),
            Downloads = DownloadLimitSettings.Bind(binder, host, ArchiveSettings.Bind(binder)),
            Callbacks = CallbackSettings.Bind(binder, host, server),
            Health = HealthSettings.Bind(binder, host),
            Telemetry = TelemetrySettings.Bind(binder, host),
            ClientLimits = ClientLimitSettings.Bind(binder, host),
            Server = server,
            Embedded = embedded,
            Warnings = binder.Warnings,
            InForce = binder.InForce,
        };
        return binder.Faults.Count == 0 ? settings : throw new SettingsException(binder.Faults);
    }
}
