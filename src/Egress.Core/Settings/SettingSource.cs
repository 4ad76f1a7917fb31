using System.Collections;
using System.Text;
using Egress.Settings.Formats;

namespace Egress.Settings;

/// <summary>Where settings come from: the environment, and for the plain server one configuration file behind it.</summary>
public sealed class SettingSource
{
    private const string ConfigFileVariable = "CONFIG_FILE";
    private const string DefaultFile = ".env";

    // Read by SDKs and the runtime, not by us: no reason to warn.
    private static readonly string[] ForeignPrefixes =
        ["AWS_", "AZURE_CLIENT_", "AZURE_TENANT_", "AZURE_AUTHORITY_", "OTEL_", "DOTNET_", "ASPNETCORE_", "LETSENCRYPT_", "PG"];

    private readonly Layer[] _layers;

    private SettingSource(params Layer[] layers) => _layers = layers;

    /// <summary>Names in the file that are no settings and not in the environment. Users expect SDKs to see them (<c>AWS_PROFILE</c>):
    /// the plain server puts them into the environment of its process.</summary>
    public IReadOnlyDictionary<string, string> Foreign => (
        from layer in _layers.Skip(1)
        from entry in layer.Values
        where !SettingTable.Names.Contains(entry.Key) && !_layers[0].Values.ContainsKey(entry.Key)
        select entry).ToDictionary();

    /// <summary>What is probably a mistake in the file.</summary>
    internal IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Every name that has a value.</summary>
    internal IEnumerable<string> Names => _layers.SelectMany(layer => layer.Values).Where(HasValue).Select(entry => entry.Key).Distinct();

    /// <summary>The environment variables of this process, by the rules of its system.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            variable => (string)variable.Key,
            variable => (string?)variable.Value ?? "",
            OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>Takes settings from the environment alone.</summary>
    /// <param name="environment">The environment variables, or the application settings.</param>
    public static SettingSource FromEnvironment(IReadOnlyDictionary<string, string> environment) =>
        new(new Layer("environment", environment));

    /// <summary>Takes settings from the environment and a file: the one given, else the one that <c>CONFIG_FILE</c> names, else
    /// <c>.env</c> if it exists. The environment wins.</summary>
    /// <param name="environment">The environment variables.</param>
    /// <param name="configFile">The file from the command line; null for none.</param>
    /// <param name="folder">Where <c>.env</c> is looked for.</param>
    /// <exception cref="SettingsException">The file is missing although it is named, cannot be read, or is malformed.</exception>
    public static SettingSource Load(IReadOnlyDictionary<string, string> environment, string? configFile, string folder = ".")
    {
        var named = configFile ?? environment.GetValueOrDefault(ConfigFileVariable);
        if (string.IsNullOrWhiteSpace(named))
        {
            var path = Path.Combine(folder, DefaultFile);
            return File.Exists(path) ? Read(environment, path, path) : FromEnvironment(environment);
        }

        return Read(environment, named, $"{(configFile is null ? ConfigFileVariable : "--config")} {named}");
    }

    /// <summary>Looks a setting up by each of its names, in the environment first. What is empty is not set.</summary>
    /// <returns>The name as the operator typed it, the text and where it stands; null when it is not set.</returns>
    internal SettingText? Find(Setting setting) => (
        from layer in _layers
        from name in setting.Names
        let text = layer.Values.GetValueOrDefault(name)
        where !string.IsNullOrWhiteSpace(text)
        select new SettingText(name, text, layer.Origin)).FirstOrDefault();

    /// <summary>Looks up a name that is no setting of ours. What is empty is not set.</summary>
    internal string? FindForeign(string name) =>
        _layers.Select(layer => layer.Values.GetValueOrDefault(name)).FirstOrDefault(text => !string.IsNullOrWhiteSpace(text));

    private static SettingSource Read(IReadOnlyDictionary<string, string> environment, string path, string shownAs)
    {
        try
        {
            var text = File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            var file = EnvFile.Parse(text, environment.GetValueOrDefault);
            var unknown = file.Values.Keys
                .Where(name => !IsKnown(name))
                .Select(name => $"{name} is no setting of Egress{Suggestion(name)}");
            return new SettingSource(new("environment", environment), new($"file {path}", file.Values))
            {
                Warnings = [.. file.Warnings.Concat(unknown).Select(warning => $"{path}, {warning}")],
            };
        }
        catch (FormatException malformed)
        {
            throw new SettingsException([$"{shownAs}, {malformed.Message}"]);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new SettingsException([$"{shownAs} cannot be read: {unreadable.Message}"]);
        }
    }

    private static bool IsKnown(string name) =>
        SettingTable.Names.Contains(name) || ForeignPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static string Suggestion(string name) =>
        Similarity.Closest(name, SettingTable.Names) is { } close ? $"; did you mean {close}?" : "";

    private static bool HasValue(KeyValuePair<string, string> entry) => !string.IsNullOrWhiteSpace(entry.Value);

    private sealed record Layer(string Origin, IReadOnlyDictionary<string, string> Values);
}

/// <summary>What the operator wrote for a setting.</summary>
/// <param name="Name">The name that was used.</param>
/// <param name="Text">The text.</param>
/// <param name="Origin">Where it stands.</param>
internal sealed record SettingText(string Name, string Text, string Origin);
