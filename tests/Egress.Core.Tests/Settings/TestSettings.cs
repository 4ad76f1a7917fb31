using Egress.Settings;

namespace Egress.Core.Tests.Settings;

/// <summary>Reads settings from pairs of name and value.</summary>
internal static class TestSettings
{
    public static (string Name, string Value) Database { get; } = ("DB_URL", "postgres://app:pa55word@db/app");

    public static EgressSettings Read(params (string Name, string Value)[] environment) => Read(HostProfile.Server, environment);

    /// <summary>The setting of the host's storage, without which the Functions app does not start.</summary>
    private static (string Name, string Value) HostStorage { get; } = ("AzureWebJobsStorage", "UseDevelopmentStorage=true");

    public static EgressSettings Read(HostProfile host, params (string Name, string Value)[] environment) =>
        SettingsReader.Read(Source(host.IsServer ? environment : [.. environment.Append(HostStorage).DistinctBy(pair => pair.Name)]), host);

    public static IReadOnlyList<string> Faults(params (string Name, string Value)[] environment) => Faults(HostProfile.Server, environment);

    public static IReadOnlyList<string> Faults(HostProfile host, params (string Name, string Value)[] environment) =>
        Xunit.Assert.Throws<SettingsException>(() => Read(host, environment)).Faults;

    public static SettingSource Source(params (string Name, string Value)[] environment) =>
        SettingSource.FromEnvironment(environment.ToDictionary(pair => pair.Name, pair => pair.Value));
}
