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
        var reader = new SettingReader(source);
        var embedded = EmbeddedDefaults.Decide(reader, host);
        var server = host.IsServer ? ServerSettings.Bind(reader) : new ServerOptions();
        var settings = new EgressSettings
        {
            Records = RecordSettings.Bind(reader, host, server, embedded),
            Storage = StorageSettings.Bind(reader, server, embedded),
            Resilience = ResilienceSettings.Bind(reader, host),
            CircuitBreaker = ResilienceSettings.BindBreaker(reader),
            Signing = SigningSettings.Bind(reader, embedded),
            Downloads = DownloadLimitSettings.Bind(reader, host, ArchiveSettings.Bind(reader)),
            ClientLimits = ClientLimitSettings.Bind(reader, host),
            Server = server,
            Embedded = embedded,
            Warnings = reader.Warnings,
            InForce = reader.InForce,
        };
        return reader.Faults.Count == 0 ? settings : throw new SettingsException(reader.Faults);
    }
}
