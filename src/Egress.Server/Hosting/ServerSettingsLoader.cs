using Egress.Server.Embedded;
using Egress.Settings;

namespace Egress.Server.Hosting;

/// <summary>Loads the settings of this process.</summary>
internal static class ServerSettingsLoader
{
    /// <summary>Reads the settings for the server, and creates what the embedded default needs.</summary>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    public static async Task<EgressSettings> LoadAsync(string? configFile, CancellationToken cancellationToken) =>
        await EmbeddedSetup.PrepareAsync(Read(configFile), cancellationToken);

    /// <summary>Reads the settings for a command. A command uses the data of an existing server, and never creates a data folder.</summary>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    /// <exception cref="DirectoryNotFoundException">The embedded default is used, and its data folder does not exist.</exception>
    public static Task<EgressSettings> LoadForCommandAsync(string? configFile, CancellationToken cancellationToken) =>
        LoadForCommandAsync(configFile, HostProfile.Server, cancellationToken);

    /// <summary>Reads the settings for a command with another host profile.</summary>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    /// <exception cref="DirectoryNotFoundException">The embedded default is used, and its data folder does not exist.</exception>
    public static async Task<EgressSettings> LoadForCommandAsync(string? configFile, HostProfile host, CancellationToken cancellationToken) =>
        await EmbeddedSetup.UseAsync(Read(configFile, host), cancellationToken);

    /// <summary>Reads the settings, and creates nothing.</summary>
    /// <exception cref="SettingsException">At least one setting is faulty.</exception>
    public static EgressSettings Read(string? configFile) => Read(configFile, HostProfile.Server);

    private static EgressSettings Read(string? configFile, HostProfile host)
    {
        var source = SettingSource.Load(SettingSource.ProcessEnvironment(), configFile);

        // Variables of the SDKs (AWS_PROFILE) may be in the same file. They are copied into the environment, because the SDKs read only that.
        foreach (var (name, value) in SettingsReader.Foreign(source))
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        return SettingsReader.Read(source, host);
    }
}
